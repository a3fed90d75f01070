import { beforeEach, expect, test } from 'vitest';
import type { AccessTokens } from '../session/access-tokens.ts';
import { createApi, pathOf } from './client.ts';
import { ApiProblem, NetworkFailure, SessionEnded } from './failures.ts';
import { parseProblem } from './parse-problem.ts';
import type { Outgoing } from './send.ts';

let sent: Outgoing[];
let answers: unknown[];
let renewals: number;
let endings: number;
let renew: AccessTokens['renew'];

beforeEach(() => {
  sent = [];
  answers = [];
  renewals = 0;
  endings = 0;
  renew = async () => 'second';
});

const problem = (status: number) => new ApiProblem(parseProblem({}, status, ''));

function api(closing = new AbortController()) {
  return createApi({
    async send(outgoing) {
      sent.push(outgoing);
      outgoing.signal?.throwIfAborted();
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    tokens: {
      get: async () => 'first',
      renew(rejected) {
        renewals += 1;
        return renew(rejected);
      },
      end() {
        endings += 1;
        return new SessionEnded('over');
      },
    },
    signal: closing.signal,
  });
}

const list = { query: {} };
const tokensSent = () => sent.map((outgoing) => outgoing.headers?.['Authorization']);

test('an operation goes out as the route table has it, with the token and without cookies', async () => {
  await api()('updateTask', { params: { taskId: 'a/b' }, body: { title: 'x' }, ifMatch: '"3"' });
  expect(sent).toMatchObject([
    {
      method: 'PATCH',
      path: '/api/users/me/tasks/a%2Fb',
      headers: {
        Authorization: 'Bearer first',
        'Content-Type': 'application/merge-patch+json',
        'If-Match': '"3"',
      },
      body: { title: 'x' },
      cookies: false,
    },
  ]);
});

test('a query is encoded, and what is undefined is left out', () => {
  const route = { path: '/api/users/{userId}/tasks' };
  const query = { status: 'all', cursor: 'a+b&c', limit: undefined };
  expect(pathOf(route, { query })).toBe('/api/users/me/tasks?status=all&cursor=a%2Bb%26c');
});

test('a rejected token is renewed and the request sent again', async () => {
  answers = [problem(401), { data: [], nextCursor: null }];
  expect(await api()('listTasks', list)).toEqual({ data: [], nextCursor: null });
  expect(tokensSent()).toEqual(['Bearer first', 'Bearer second']);
});

test('a token of another tab, from before the session began anew, is not the last word', async () => {
  answers = [problem(401), problem(401), { data: [], nextCursor: null }];
  renew = async (rejected) => (rejected === 'first' ? 'of another tab' : 'fresh');
  expect(await api()('listTasks', list)).toEqual({ data: [], nextCursor: null });
  expect(tokensSent()).toEqual(['Bearer first', 'Bearer of another tab', 'Bearer fresh']);
  expect(endings).toBe(0);
});

test('a third rejection ends the session after exactly three requests', async () => {
  answers = [problem(401), problem(401), problem(401)];
  await expect(api()('listTasks', list)).rejects.toBeInstanceOf(SessionEnded);
  expect(sent).toHaveLength(3);
  expect([renewals, endings]).toEqual([2, 1]);
});

test('other problems and failures of the network are not repeated', async () => {
  answers = [problem(500), problem(403), new NetworkFailure('timeout')];
  const call = api();
  await expect(call('listTasks', list)).rejects.toMatchObject({ problem: { status: 500 } });
  await expect(call('listTasks', list)).rejects.toMatchObject({ problem: { status: 403 } });
  await expect(call('listTasks', list)).rejects.toMatchObject({ kind: 'timeout' });
  expect(sent).toHaveLength(3);
  expect(renewals).toBe(0);
});

test('a session that has ended sends nothing more', async () => {
  renew = () => Promise.reject(new SessionEnded('over'));
  answers = [problem(401)];
  const created = api()('createTask', { body: { title: 'x' }, idempotencyKey: 'once' });
  await expect(created).rejects.toBeInstanceOf(SessionEnded);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.headers).toMatchObject({ 'Idempotency-Key': 'once' });
});

test('nothing is sent any more after the user is gone', async () => {
  const closing = new AbortController();
  const gone = new Error('gone');
  closing.abort(gone);
  await expect(api(closing)('createTask', { body: { title: 'x' } })).rejects.toBe(gone);
});
