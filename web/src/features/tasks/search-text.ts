import { searchMaxLength } from '../../../../src/contract/words.ts';

/** What is searched for, from whatever stands in the address; empty for nothing. */
export function readSearch(value: unknown): string {
  // The router reads `?q=42` as a number.
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  const storable = text.replaceAll('\0', ' ').toWellFormed().trim();
  return Array.from(storable).slice(0, searchMaxLength).join('').trim();
}
