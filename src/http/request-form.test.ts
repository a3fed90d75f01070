import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { ProblemError } from '../contract/problem-error.ts';
import { originForm, requireWellFormed } from './request-form.ts';

test.each([
  ['/a?b', '/a?b'],
  ['//evil.example/a', '//evil.example/a'],
  ['http://evil.example/a?b=http://c/d', '/a?b=http://c/d'],
  ['HTTPS://user@evil.example:1/a', '/a'],
  ['http://evil.example', '/'],
  ['http://evil.example?a', '/?a'],
  ['*', '*'],
])('of the target %s only %s is left', (target, left) => {
  expect(originForm(target)).toBe(left);
});

describe('a request is refused', () => {
  test.each([
    ['without Host', '1.1', []],
    ['with two Hosts', '1.1', ['Host', 'a', 'HOST', 'a']],
    ['with two Hosts in HTTP/1.0', '1.0', ['Host', 'a', 'Host', 'b']],
    ['in HTTP/0.9', '0.9', ['Host', 'a']],
    ['in HTTP/2.0', '2.0', ['Host', 'a']],
  ])('%s', (_, httpVersion, rawHeaders) => {
    const request = { httpVersion, rawHeaders } as unknown as IncomingMessage;
    expect(() => requireWellFormed(request)).toThrow(ProblemError);
  });

  test.each([
    ['1.1', ['host', 'a', 'X-Host', 'b', 'Y', 'Host']],
    ['1.0', []],
  ])('but not in HTTP/%s with the headers %j', (httpVersion, rawHeaders) => {
    const request = { httpVersion, rawHeaders } as unknown as IncomingMessage;
    expect(() => requireWellFormed(request)).not.toThrow();
  });
});
