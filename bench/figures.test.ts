import { expect, test } from 'vitest';
import { median, percentile, ratioOf } from './figures.ts';

test.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 2, 30], 3],
  [[10, 9, 100], 10],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test.each([
  [[7], 99, 7],
  [Array.from({ length: 100 }, (_, n) => 100 - n), 99, 99],
  [Array.from({ length: 100 }, (_, n) => 100 - n), 95, 95],
  [[20, 3, 100], 50, 20],
  [[20, 3, 100], 0, 3],
])('of %j, %d percent do not exceed %d', (values, percent, expected) => {
  expect(percentile(values, percent)).toBe(expected);
});

test('a ratio compares what was measured side by side, and is the one in the middle', () => {
  // The machine was ten times as slow in the second round; the ratios are 1/2, 3/4 and 2.
  expect(ratioOf([500, 75, 2000], [1000, 100, 1000])).toEqual({
    median: 0.75,
    least: 0.5,
    most: 2,
  });
});

test('there is no figure of nothing, and no ratio where a round has one side', () => {
  expect(() => median([])).toThrow('nothing');
  expect(() => percentile([], 99)).toThrow('nothing');
  expect(() => ratioOf([1, 2], [1])).toThrow('both sides');
});
