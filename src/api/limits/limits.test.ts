import fastify from 'fastify';
import { expect, test } from 'vitest';
import { ProblemError } from '../../contract/problem-error.ts';
import type { UserId } from '../principal.ts';
import { createLimiter } from './limiter.ts';
import { addLimits } from './limits.ts';

const start = 1_800_000_000_000; // The beginning of a window.

/** Who is asking: an address, and a user where a token would name one. */
interface Caller {
  address: string;
  user?: string;
}

/** An app whose two limits are low enough to reach. */
function limited(quotas: { address: number; user: number }) {
  const limiterOf = (name: 'address' | 'user') =>
    createLimiter({ name, quota: quotas[name], windowSeconds: 60 }, () => start + 15_000);
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof ProblemError)) throw error;
    return reply.code(error.status).headers(error.headers).send(error.message);
  });
  addLimits(app, { byAddress: limiterOf('address'), byUser: limiterOf('user') });
  app.addHook('onRequest', async (request) => {
    const userId = request.headers['x-user'] as UserId | undefined;
    request.principal = userId && { userId, sessionId: undefined, expiresAt: 0 };
  });
  app.get('/', async () => 'done');
  return async ({ address, user }: Caller) => {
    const headers = user === undefined ? {} : { 'x-user': user };
    const answer = await app.inject({ url: '/', remoteAddress: address, headers });
    const { ratelimit, 'ratelimit-policy': policy, 'retry-after': retry } = answer.headers;
    return [answer.statusCode, answer.body, ratelimit, policy, retry];
  };
}

const [here, there] = ['2001:db8:1::7', '2001:db8:2::7'];
const tooMany = (name: string, quota: number) => [
  429,
  'Wait for 45 seconds.',
  `"${name}";r=0;t=45`,
  `"${name}";q=${quota};w=60`,
  '45',
];
const done = (name: string, quota: number, left: number) => [
  200,
  'done',
  `"${name}";r=${left};t=45`,
  `"${name}";q=${quota};w=60`,
  undefined,
];

test('a user has one count, wherever they are, and one too many is told when to come back', async () => {
  const ask = limited({ address: 9, user: 2 });
  expect(await ask({ address: here, user: 'ann' })).toEqual(done('user', 2, 1));
  expect(await ask({ address: there, user: 'ann' })).toEqual(done('user', 2, 0));
  expect(await ask({ address: there, user: 'ann' })).toEqual(tooMany('user', 2));
  expect(await ask({ address: there, user: 'bob' })).toEqual(done('user', 2, 1));
});

test('a network has one count, whoever they are or say to be', async () => {
  const ask = limited({ address: 2, user: 9 });
  expect(await ask({ address: here })).toEqual(done('address', 2, 1));
  expect(await ask({ address: '2001:db8:1::8', user: 'ann' })).toEqual(done('user', 9, 8));
  expect(await ask({ address: here })).toEqual(tooMany('address', 2));
  expect(await ask({ address: here, user: 'ann' })).toEqual(tooMany('address', 2));
  expect(await ask({ address: there })).toEqual(done('address', 2, 1));
});
