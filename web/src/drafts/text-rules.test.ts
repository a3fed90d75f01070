import { expect, test } from 'vitest';
import { descriptionProblem, titleProblem } from './text-rules.ts';

test.each(['a', ' a ', '\u{1f30d}'.repeat(255), '<script>'])('%j is a good title', (title) => {
  expect(titleProblem(title)).toBeUndefined();
});

test.each(['', ' ', '\u00a0\u3000\n'])('%j is no title', (title) => {
  expect(titleProblem(title)).toBe('Write a title first.');
});

test('the length of a title is counted in code points', () => {
  expect(titleProblem('\u{1f30d}'.repeat(257))).toContain('2 too many');
});

test.each(['a\u0000', 'a\ud800'])('%j cannot be stored', (text) => {
  expect(titleProblem(text)).toContain('cannot be saved');
  expect(descriptionProblem(text)).toContain('cannot be saved');
});

test('a description may be empty and has a limit', () => {
  expect(descriptionProblem('')).toBeUndefined();
  expect(descriptionProblem('x'.repeat(10_000))).toBeUndefined();
  expect(descriptionProblem('x'.repeat(10_001))).toContain('1 too many');
});
