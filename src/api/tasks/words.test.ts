import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasWords, searchWords, wordsOf } from '../../contract/words.ts';

const finds = (query: string, title: string, description = '') =>
  hasWords({ title, description }, searchWords(query));

describe('the words of a text', () => {
  test.each([
    ['Buy milk, buy BREAD!', ['buy', 'milk', 'bread']],
    [
      "don't v1.2 #42 C++ a_b ann@example.org",
      ['don', 't', 'v1', '2', '42', 'c', 'a', 'b', 'ann', 'example', 'org'],
    ],
    ['Crème BRÛLÉE cre\u0300me', ['creme', 'brulee']],
    ['Straße ﬁn ½ ⅷ', ['strasse', 'fin', '1', '2', 'viii']],
    ['ΟΔΟΣ όδος', ['οδοσ']],
    ['ISTANBUL İstanbul ısı', ['istanbul', 'isi']],
    ['Ёлка йод', ['елка', 'иод']],
    ['שָׁלוֹם מֻחַמַּד', ['שלום', 'מחמד']],
    ['مُحَمَّد', ['محمد']],
    ['हिन्दी में', ['हिन्दी', 'में']],
    ['한국어를 배우다', ['한국어를', '배우다']],
    ['東京都', ['東京', '京都', '都']],
    ['ミルク ﾐﾙｸ 3本', ['ミル', 'ルク', 'ク', '3', '本']],
    ['👩‍👧 🎂❤️', ['👩', '👧', '🎂', '❤']],
    ['?! -- … “”', []],
    ['', []],
  ])('%j', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  test('are the same beside letters of another script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 200 }), (text) => {
        expect(wordsOf(`${text} ж`)).toEqual([...wordsOf(text), 'ж']);
      }),
    );
  });

  test('are as long as anybody searches for, and never end in half a character', () => {
    expect(wordsOf('a'.repeat(100))).toEqual(['a'.repeat(64)]);
    expect(wordsOf('𝕏'.repeat(100))).toEqual(['x'.repeat(64)]);
    expect(wordsOf('𐐨'.repeat(100))).toEqual(['𐐨'.repeat(64)]);
  });
});

describe('a search finds', () => {
  test.each([
    ['milk', 'Buy milk'],
    ['MIL', 'Buy milk'],
    ['mi bu', 'Buy milk'],
    ['creme', 'Crème brûlée'],
    ['crème', 'Creme'],
    ['京都', '東京都'],
    ['都', '東京都'],
    ['東京都へ', '明日、東京都へ行く'],
    ['ตลาด', 'ไปตลาด'],
    ['🎂', 'Party 🎂!'],
    ['"milk" OR -milk*', 'milk or'],
    ['b'.repeat(200), 'b'.repeat(255)],
  ])('%j in %j', (query, title) => {
    expect(finds(query, title)).toBe(true);
    expect(finds(query, 'other', title)).toBe(true);
  });

  test.each([
    ['ilk', 'Buy milk'],
    ['milk bread', 'Buy milk'],
    ['京大', '東京都大'],
    ['?!', '?!'],
    [' ', 'a b'],
  ])('not %j in %j', (query, title) => {
    expect(finds(query, title)).toBe(false);
  });

  test('words that are apart in title and description', () => {
    expect(finds('milk shop', 'Buy milk', 'from the shop')).toBe(true);
    expect(finds('milkshop', 'Buy milk', 'shop')).toBe(false);
  });
});

test('a word that another one begins with is asked for once', () => {
  expect(searchWords('a ap apple milk')).toEqual(['apple', 'milk']);
  expect(searchWords('東京')).toEqual(['東京']);
  expect(searchWords('東')).toEqual(['東']);
});

test('any text that has a word is found by itself, and by the beginning of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(wordsOf(text).length > 0);
      expect(finds(text, text)).toBe(true);
      expect(finds(text.toUpperCase(), text)).toBe(true);
    }),
  );
});
