import { expect, test } from 'vitest';
import { readSearch } from './search-text.ts';

test.each([
  ['', ''],
  ['  ', ''],
  [' milk ', 'milk'],
  ['a\0b', 'a b'],
  ['a\ud800b', 'a\ufffdb'],
  ['🙂'.repeat(300), '🙂'.repeat(200)],
])('%j in the field searches for %j', (typed, text) => {
  expect(readSearch(typed)).toBe(text);
});
