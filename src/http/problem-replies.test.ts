import { expect, test } from 'vitest';
import { problemInstance } from '../contract/problem.ts';

test.each([
  ['/api/users/me/tasks?q=secret', '/api/users/me/tasks'],
  ['/a%20b/%C3%A9', '/a%20b/%C3%A9'],
  ['/100%/%zz/%f', '/100%25/%25zz/%25f'],
  ['/a"b<c>\\{d}|^`', '/a%22b%3Cc%3E%5C%7Bd%7D%7C%5E%60'],
  ['/\u00e9', '/%C3%A9'],
  ['*', '*'],
])('the instance of a problem at %s is the URI reference %s', (target, instance) => {
  expect(problemInstance(target)).toBe(instance);
});
