import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './folder.ts';

const file = path.join(root, 'docs', 'benchmarks.md');
const [begin, end] = ['<!-- figures: npm run bench -- --write -->', '<!-- end of figures -->'];

/** Puts the figures into docs/benchmarks.md, between the words that a person wrote. */
export function writeFigures(text: string): void {
  const document = readFileSync(file, 'utf8');
  writeFileSync(file, withFigures(document, text));
}

/** @throws {Error} where the document has no place for them. */
export function withFigures(document: string, text: string): string {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`docs/benchmarks.md has no ${begin} … ${end}: put them where the figures go.`);
  }
  return `${before}${begin}\n\n${text}\n\n${end}${after}`;
}
