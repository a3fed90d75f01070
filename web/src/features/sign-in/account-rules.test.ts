import { expect, test } from 'vitest';
import { emailProblem, nameProblem, newPasswordProblem } from './account-rules.ts';

test.each(['a@b.example', "o'neil+x@sub.domain.example", ' a@b.example '])(
  '%j has the shape of an address',
  (email) => {
    expect(emailProblem(email)).toBeUndefined();
  },
);

test.each(['', 'a', 'a@', '@b.example', 'a@b', 'a b@c.example', 'a@b.', 'a@@b.example'])(
  '%j has not',
  (email) => {
    expect(emailProblem(email)).toBeTypeOf('string');
  },
);

test('a new password has 8 to 128 characters', () => {
  expect(newPasswordProblem('1234567')).toContain('this has 7');
  expect(newPasswordProblem('12345678')).toBeUndefined();
  expect(newPasswordProblem('x'.repeat(128))).toBeUndefined();
  expect(newPasswordProblem('x'.repeat(129))).toContain('at most 128');
});

test('a name is needed and has at most 100 characters', () => {
  expect(nameProblem(' ')).toBe('Enter your name.');
  expect(nameProblem('x'.repeat(100))).toBeUndefined();
  expect(nameProblem('x'.repeat(101))).toContain('at most 100');
});
