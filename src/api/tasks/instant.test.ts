import { expect, test } from 'vitest';
import { toInstant } from './instant.ts';

test('a time is written as Date writes it, from one end of a day, a year and the calendar to the other', () => {
  const day = 86_400_000;
  const edges = [0, 1, 9, 10, 99, 999, 1000, 59_999, 60_000, 3_599_999, 3_600_000, day - 1, day];
  const days = [
    '0000-01-01',
    '1969-12-31',
    '1970-01-01',
    '2024-02-28',
    '2024-02-29',
    '2026-11-21',
    '2026-12-31',
    '9999-12-30',
  ].map((date) => Date.parse(date));
  for (const start of days) {
    for (const edge of edges) {
      expect(toInstant(start + edge)).toBe(new Date(start + edge).toISOString());
    }
  }
});

test('a time that no calendar has is refused as Date refuses it', () => {
  for (const time of [9e15, Number.NaN]) expect(() => toInstant(time)).toThrow(RangeError);
});

test('more days than are remembered are all written right', () => {
  for (let day = 0; day < 10_010; day++) {
    expect(toInstant(day * 86_400_000)).toBe(new Date(day * 86_400_000).toISOString());
  }
});
