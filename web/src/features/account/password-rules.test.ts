import { expect, test } from 'vitest';
import { ApiProblem, NetworkFailure } from '../../api/failures.ts';
import { parseProblem } from '../../api/parse-problem.ts';
import { changeFailure, changeProblems } from './password-rules.ts';

const failure = (status: number, code: string) =>
  changeFailure(new ApiProblem(parseProblem({ code }, status, 'r1')), 'What it was.');

test('a change needs the current password and a new one of 8 to 128 characters', () => {
  expect(changeProblems({ currentPassword: '', newPassword: '' })).toEqual({
    currentPassword: 'Enter your current password.',
    newPassword: 'Choose a password.',
  });
  expect(changeProblems({ currentPassword: 'old one', newPassword: 'short' })).toMatchObject({
    newPassword: expect.stringContaining('at least 8'),
  });
  expect(changeProblems({ currentPassword: 'old one', newPassword: 'long enough' })).toEqual({
    currentPassword: undefined,
    newPassword: undefined,
  });
});

test('a password is not changed into itself', () => {
  const change = { currentPassword: 'a long password', newPassword: 'a long password' };
  expect(changeProblems(change).newPassword).toContain('current password');
});

test('a refusal leaves no doubt', () => {
  expect(failure(429, 'rate_limited')).toBe('What it was.');
});

test('a failure after which nobody knows whether the password changed says so', () => {
  const open = /^What it was\. .*may have changed/;
  expect(failure(500, 'internal')).toMatch(open);
  expect(changeFailure(new NetworkFailure('timeout'), 'What it was.')).toMatch(open);
});
