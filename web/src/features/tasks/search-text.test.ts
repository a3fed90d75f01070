import { expect, test } from 'vitest';
import { readSearch } from './search-text.ts';

test.each([
  [undefined, ''],
  [null, ''],
  [{ a: 1 }, ''],
  [['a'], ''],
  ['', ''],
  ['  ', ''],
  [' milk ', 'milk'],
  [42, '42'],
  ['a\0b', 'a b'],
  ['a\ud800b', 'a\ufffdb'],
  ['🙂'.repeat(300), '🙂'.repeat(200)],
])('%j in the address searches for %j', (value, text) => {
  expect(readSearch(value)).toBe(text);
});
