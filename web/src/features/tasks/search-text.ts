import { searchMaxLength } from '../../../../src/contract/words.ts';

/** What is searched for by what stands in the field, as the API takes it; empty for nothing. */
export function readSearch(text: string): string {
  const storable = text.replaceAll('\0', ' ').toWellFormed().trim();
  return Array.from(storable).slice(0, searchMaxLength).join('').trim();
}
