import { expect, test } from 'vitest';
import { nextPath } from './next-path.ts';

test.each(['/', '/?status=completed', '/a/b?c=d#e', '/%2F%2Fhost'])('%s is kept', (path) => {
  expect(nextPath(path)).toBe(path);
});

test.each([
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/.//evil.example',
  '\\\\evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  'evil.example',
  ' /',
  '',
  undefined,
  null,
  7,
  ['/'],
])('%j leads to the list and nowhere else', (next) => {
  expect(nextPath(next)).toBe('/');
});
