import { expect, test } from 'vitest';
import { ProblemError } from '../contract/problem-error.ts';
import type { Task } from '../contract/task.ts';
import { isStoreFull } from '../db/store-unavailable.ts';
import { failureData, failureOf } from './failure-data.ts';

/** What is thrown on the other side. */
const sent = (error: unknown) => failureOf(JSON.parse(JSON.stringify(failureData(error))));

test('a problem is the same problem, with all that its answer says', () => {
  const current = { id: '1', title: 'x' } as Task;
  const errors = [{ pointer: '/id', code: 'taken', message: 'is taken' }];
  const problem = new ProblemError('version_stale', 'It is stale.', {
    headers: { etag: '"2"' },
    current,
    errors,
    cause: new Error('why'),
  });
  const again = sent(problem);
  expect(again).toBeInstanceOf(ProblemError);
  expect(again).toEqual(problem);
  expect(again).toMatchObject({
    status: 412,
    headers: { etag: '"2"' },
    extra: { current, errors },
  });
  expect(again.cause).toEqual(new Error('why'));
  expect(again.stack).toBe(problem.stack);
});

test('an error of a store is told by its code', () => {
  const full = Object.assign(new Error('database or disk is full'), {
    code: 'ERR_SQLITE_ERROR',
    errcode: 13,
  });
  expect(isStoreFull(sent(full))).toBe(true);
  expect(sent(full)).toMatchObject({ name: 'Error', message: full.message, code: full.code });
  expect(sent(new TypeError('no'))).toMatchObject({ name: 'TypeError', message: 'no' });
});

test('what is no error becomes one', () => {
  expect(sent('oops')).toEqual(new Error('oops'));
});
