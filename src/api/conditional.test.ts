import { expect, test } from 'vitest';
import { ifMatchAllows, ifNoneMatchHas } from './conditional.ts';

test.each([
  [undefined, true],
  ['*', true],
  ['"3"', true],
  ['"1", "3"', true],
  ['"30", "3"', true],
  ['"30"', false],
  ['"2"', false],
  ['W/"3"', false],
  ['3', false],
  ['', false],
  ['nonsense', false],
])('If-Match: %s lets a change to "3" through: %s', (header, allowed) => {
  expect(ifMatchAllows(header, '"3"')).toBe(allowed);
});

test.each([
  [undefined, false],
  ['*', true],
  ['"3"', true],
  ['W/"3"', true],
  ['"1", W/"3"', true],
  ['"33"', false],
  ['3', false],
])('If-None-Match: %s has "3": %s', (header, has) => {
  expect(ifNoneMatchHas(header, '"3"')).toBe(has);
});

test('a tag of several characters is found among others', () => {
  expect(ifMatchAllows('"9", "128"', '"128"')).toBe(true);
  expect(ifNoneMatchHas('"9", W/"c0ffee.128"', '"c0ffee.128"')).toBe(true);
});
