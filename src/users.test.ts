import { expect, test } from 'vitest';
import { parseUsersRequest } from './users.ts';

const email = 'ann@example.org';

test.each([
  [['list'], { action: 'list' }],
  [['ban', email], { action: 'ban', email }],
  [['unban', email], { action: 'unban', email }],
  [['delete', email], { action: 'delete', email, isConfirmed: false }],
  [['delete', email, '--yes'], { action: 'delete', email, isConfirmed: true }],
  [['delete', '--yes', email], { action: 'delete', email, isConfirmed: true }],
])('%j is understood', (args, request) => {
  expect(parseUsersRequest(args)).toEqual(request);
});

test.each([
  [[]],
  [['']],
  [['remove', email]],
  [['list', email]],
  [['ban']],
  [['unban', '']],
  [['delete', '--yes']],
  [['ban', email, 'bob@example.org']],
  [['delete', email, 'bob@example.org', '--yes']],
  // Somebody who confirms something else than a deletion may have meant one.
  [['ban', email, '--yes']],
  [['list', '--yes']],
  [['delete', email, '--force']],
  [['ban', email, '--yes=no']],
])('%j is answered with the usage', (args) => {
  expect(() => parseUsersRequest(args)).toThrow(/^Usage:\n {2}npm run users -- list\n/);
});
