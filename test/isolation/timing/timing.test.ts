import { randomUUIDv7 } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { request } from '../../support/client.ts';
import { freshStore } from '../../support/store.ts';
import { newUser } from '../../support/users.ts';
import { buildInProcess, type InProcess } from '../in-process.ts';
import { timeDifference } from './compare.ts';
import { medianInterval } from './median-interval.ts';

// Closes the time in "the answer tells whether the other user or task exists (status, body,
// timing, ETag)", of the threats to isolation.
//
// What the test states. A difference is reported when the whole interval for the median lies
// beyond `toleratedUs`. Where there is none, that happens with a probability of 1e-6 at most (20
// looks at 5e-8 each, by Hoeffding's bound and the union of the looks; the order within each pair
// is drawn by lot, so nothing is assumed about the machine). Pairs are timed until the interval is
// no wider than detectable - tolerated: then a true difference of `detectableUs` or more puts the
// whole interval beyond `toleratedUs` whenever the interval holds the truth, so it is reported with
// a probability (power) of at least 1 - 1e-6. On a machine too noisy for that width the test fails
// and says so: it would have proven nothing.
const toleratedUs = 1;
/** One more query takes longer (measured through Kysely: 4.4 µs on SQLite, 51 on PostgreSQL). */
const detectableUs = process.env['TEST_STORE'] === 'sqlite' ? 4 : 40;
const width = detectableUs - toleratedUs;

/** Of all the looks, on a slow machine. */
const timeout = 400_000;
const poolSize = 64;
/** Until the code is compiled and the connections are open, there is little to be compared. */
const warmUpCalls = 500;

let server: InProcess;
let agent: Agent;
let token: string;
const foreign: string[] = [];
const absent: string[] = [];
/** What the planted defect makes the server wait for, as if it looked further for these. */
const slow = { ids: new Set<string>(), microseconds: 0 };

beforeAll(async () => {
  server = await buildInProcess(await freshStore(), (app) => {
    app.addHook('preHandler', async ({ params }) => {
      const until = performance.now() + slow.microseconds / 1000;
      const { taskId } = (params ?? {}) as { taskId?: string };
      if (slow.ids.has(taskId ?? '')) while (performance.now() < until);
    });
  });
  await server.app.listen({ port: server.port, host: 'localhost' });
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const victim = await newUser(server.origin);
  const caller = await newUser(server.origin);
  token = caller.token;
  for (let n = 0; n < poolSize; n++) await makePair(victim.token);
});
afterEach(() => {
  slow.microseconds = 0;
  slow.ids.clear();
});
afterAll(async () => {
  agent?.destroy();
  await server?.close();
});

/** Two ids made alike, of which one is the victim's, and a task of the caller's own behind them. */
async function makePair(victimToken: string): Promise<void> {
  const pair = [randomUUIDv7(), randomUUIDv7()].map(asPlainString);
  if (foreign.length % 2 === 0) pair.reverse();
  const [theirs = '', nobodys = ''] = pair;
  const make = (body: object, owner: string) =>
    request(server.origin, '/api/users/me/tasks', { token: owner, body });
  expect((await make({ id: theirs, title: 'Theirs' }, victimToken)).status).toBe(201);
  await make({ title: 'My own' }, token);
  foreign.push(theirs);
  absent.push(nobodys);
}

/** V8 keeps a string that was part of another one differently: 1 µs of the client's own time. */
const asPlainString = (text: string) => Buffer.from(text).toString('latin1');

function call(method: string, taskId: string): Promise<void> {
  const { port } = server;
  const path = `/api/users/me/tasks/${taskId}`;
  const type = method === 'PATCH' ? { 'content-type': 'application/json' } : {};
  const headers = { authorization: `Bearer ${token}`, ...type };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ agent, host: 'localhost', port, method, path, headers }, (answer) =>
      answer.resume().on('end', () => {
        if (answer.statusCode === 404) resolve();
        else reject(new Error(`${method} answered ${answer.statusCode}`));
      }),
    );
    sent.on('error', reject).end(method === 'PATCH' ? '{"title":"Taken"}' : undefined);
  });
}

async function foreignMinusAbsent(method: string) {
  const from = (ids: string[]) => (n: number) => call(method, ids[n % poolSize] ?? '');
  for (let n = 0; n < warmUpCalls; n++) await from(n % 2 ? foreign : absent)(n);
  const interval = await timeDifference(from(foreign), from(absent), width);
  if (interval.high - interval.low > width) {
    throw new Error(`Too noisy to tell: ${JSON.stringify(interval)} is wider than ${width} µs.`);
  }
  return interval;
}

const differs = ({ low, high }: { low: number; high: number }) =>
  low > toleratedUs || high < -toleratedUs;

describe('a task of another user takes as long to be refused as one that never was', {
  timeout,
}, () => {
  test.each(['GET', 'PATCH', 'DELETE'])('by %s', async (method) => {
    const interval = await foreignMinusAbsent(method);
    expect(differs(interval), JSON.stringify(interval)).toBe(false);
  });
});

describe('the comparison of times', { timeout }, () => {
  test('finds a server that takes the smallest difference longer that it says it can tell', async () => {
    slow.ids = new Set(foreign);
    slow.microseconds = detectableUs;
    const interval = await foreignMinusAbsent('GET');
    expect(differs(interval), JSON.stringify(interval)).toBe(true);
  });

  test('finds one that is quicker for what exists', async () => {
    slow.ids = new Set(absent);
    slow.microseconds = detectableUs;
    const interval = await foreignMinusAbsent('GET');
    expect(interval.high, JSON.stringify(interval)).toBeLessThan(-toleratedUs);
  });

  test('gives an interval with the ranks that the bound says', () => {
    // n/2 - sqrt(n ln(2/alpha) / 2) = 500 - sqrt(500 ln 2e7) = 408.3
    const samples = Array.from({ length: 1000 }, (_, n) => n + 1).toReversed();
    expect(medianInterval(samples, 1e-7)).toEqual({ low: 408, high: 593 });
    expect(medianInterval([1, 2, 3], 1e-7).high).toBe(Number.POSITIVE_INFINITY);
  });
});
