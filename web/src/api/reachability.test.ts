import { beforeEach, expect, test } from 'vitest';
import { ApiProblem, NetworkFailure } from './failures.ts';
import { parseProblem } from './parse-problem.ts';
import { type Reachability, watchReachability } from './reachability.ts';
import type { Outgoing } from './send.ts';

const outgoing: Outgoing = { method: 'GET', path: '/api', cookies: false };
const offline = new NetworkFailure('unreachable');
const problem = (status: number, code?: string) =>
  new ApiProblem(parseProblem({ code }, status, 'request-1'));

let answer: () => Promise<unknown>;
let reachability: Reachability;
let told: boolean[];

beforeEach(() => {
  reachability = watchReachability((given) => {
    expect(given).toBe(outgoing);
    return answer();
  });
  told = [];
  reachability.isReachable.subscribe(() => told.push(reachability.isReachable.get()));
});

async function fail(error: Error): Promise<void> {
  answer = () => Promise.reject(error);
  await expect(reachability.send(outgoing)).rejects.toBe(error);
}

async function succeed(): Promise<void> {
  answer = async () => 'answer';
  expect(await reachability.send(outgoing)).toBe('answer');
}

test('the server counts as reachable until a request says otherwise', async () => {
  expect(reachability.isReachable.get()).toBe(true);
  await succeed();
  expect(told).toEqual([]);
});

test.each([
  ['a request that does not arrive', offline],
  ['an answer that does not come in time', new NetworkFailure('timeout')],
  ['an answer that is not Ownlist’s', new NetworkFailure('unreadable')],
  ['a proxy before a server that is down', problem(502)],
])('%s says that it cannot be reached, once', async (_, error) => {
  await fail(error);
  await fail(error);
  expect(told).toEqual([false]);
});

test('the next answer says that it can', async () => {
  await fail(offline);
  await succeed();
  expect(told).toEqual([false, true]);
});

test.each([
  problem(422, 'body_invalid'),
  problem(401, 'token_expired'),
  problem(503, 'unavailable'),
])('a problem is an answer: $message', async (error) => {
  await fail(offline);
  await fail(error);
  expect(told).toEqual([false, true]);
});

test('a page that gives a request up has learned nothing', async () => {
  const abort = new DOMException('given up', 'AbortError');
  await fail(abort);
  expect(told).toEqual([]);
  await fail(offline);
  await fail(abort);
  expect(told).toEqual([false]);
});
