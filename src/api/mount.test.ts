import { DatabaseSync } from 'node:sqlite';
import fastify, { type FastifyInstance } from 'fastify';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ProblemError } from '../contract/problem-error.ts';
import { type Route, routes } from '../contract/routes.ts';
import { sqliteDialect } from '../db/sqlite.ts';
import type { CarryOut } from './changes.ts';
import { encoderOf } from './encoded.ts';
import { type Answer, type Handlers, mountRoutes } from './mount.ts';
import type { UserId } from './principal.ts';
import type { TasksSchema } from './tasks/schema.ts';

const id = '01a1fcc4-a1ed-7f57-bb46-c820c5d58a0c';
const task = {
  id,
  title: 'a',
  description: '',
  completed: false,
  completedAt: null,
  createdAt: '2026-11-21T09:30:00.000Z',
  updatedAt: '2026-11-21T09:30:00.000Z',
  version: 1,
};

const encodePage = encoderOf(routes.listTasks.responses[200].schema);

let app: FastifyInstance;
let db: Kysely<TasksSchema>;
/** Whom each request that reached its operation was carried out for. */
let carriedOutFor: unknown[];
let answer: object;
/** Those that come before it. */
let firstAnswers: object[];
/** What was told of changes that are committed. */
let committed: unknown[][];
let isTellingFailing: boolean;

beforeEach(() => {
  [carriedOutFor, answer, firstAnswers] = [[], { status: 204 }, []];
  isTellingFailing = false;
  db = new Kysely({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof ProblemError)) throw error;
    return reply.code(error.status).send();
  });
  const handler = async ({ userId }: { userId: unknown }) => {
    carriedOutFor.push(userId);
    return firstAnswers.shift() ?? answer;
  };
  const handlers = Object.fromEntries(Object.keys(routes).map((operation) => [operation, handler]));
  committed = [];
  const carryOut: CarryOut = async ({ operation, userId }) => ({
    answer: (await handler({ userId })) as Answer<Route>,
    version: operation.length,
  });
  // A token is the name of its user.
  const verify = async (token: string) => ({
    userId: token as UserId,
    sessionId: undefined,
    expiresAt: 0,
  });
  const onCommitted = (...told: unknown[]) => {
    committed.push(told);
    if (isTellingFailing) throw new Error('full');
  };
  mountRoutes(app, { db, verify, carryOut, onCommitted }, handlers as unknown as Handlers);
});
afterEach(() => db.destroy());

/** Sends one request to an operation as Ann, and tells its answer. */
async function send({ method, path, body }: Route, userId = 'me', taskId = id, headers = {}) {
  return app.inject({
    method,
    url: path.replace('{userId}', userId).replace('{taskId}', taskId),
    headers: { authorization: 'Bearer ann', ...headers },
    ...(body && { payload: { title: 'x' } }),
  });
}

const ofOwners = Object.entries<Route>(routes).filter(([, { access }]) => access === 'owner');
const ofTasks = ofOwners.filter(([, { path }]) => path.includes('{taskId}'));

describe('the user of the path', () => {
  test.each(ofOwners)('is the caller, by their id or as me: %s', async (_, route) => {
    for (const userId of ['ann', 'me', '%61nn']) await send(route, userId);
    expect(carriedOutFor).toEqual(['ann', 'ann', 'ann']);
  });

  test.each(ofOwners)('is nobody else, however alike they are called: %s', async (_, route) => {
    for (const userId of ['bob', 'an', 'anna', 'ANN', 'ann%20', 'ann%00', 'Me', 'me%20']) {
      expect([userId, (await send(route, userId)).statusCode]).toEqual([userId, 403]);
    }
    expect(carriedOutFor).toEqual([]);
  });
});

test.each(ofTasks)('an id that no task can have is not looked for: %s', async (_, route) => {
  for (const taskId of ['nonsense', id.toUpperCase(), `x${id}`, `${id}x`, 'a%00b', `${id}%0A`]) {
    expect([taskId, (await send(route, 'me', taskId)).statusCode]).toEqual([taskId, 404]);
  }
  expect(carriedOutFor).toEqual([]);
});

const reads = ofOwners.filter(([, { method }]) => method === 'GET');

test.each(reads)('a key is nothing to an operation that takes none: %s', async (_, route) => {
  for (const key of ['a-key', 'a-key', 'no key']) {
    const { statusCode } = await send(route, 'me', id, { 'idempotency-key': key });
    expect(statusCode).toBe(204);
  }
  expect(carriedOutFor).toHaveLength(3);
});

test('what the contract does not declare of an answer is not sent', async () => {
  answer = { status: 200, body: { ...task, user_id: 'ann' } };
  expect((await send(routes.getTask)).json()).toEqual(task);
  answer = {
    status: 200,
    body: { data: [{ ...task, user_id: 'ann' }], nextCursor: null, total: 1 },
  };
  expect((await send(routes.listTasks)).json()).toEqual({ data: [task], nextCursor: null });
});

test('the routes are mounted without a warning of the framework', async () => {
  const warn = vi.spyOn(process, 'emitWarning');
  const mounting = { db, verify: vi.fn(), carryOut: vi.fn(), onCommitted: vi.fn() };
  mountRoutes(fastify(), mounting, {} as Handlers);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test('an answer is what its schema declares, also where it was encoded before', async () => {
  const body = { data: [{ ...task, secret: 'undeclared' }], nextCursor: null };
  answer = { status: 200, body };
  const first = await send(routes.listTasks);
  expect(first.json()).toEqual({ data: [task], nextCursor: null });
  for (const encoded of [encodePage(body), encodePage(body).packed()]) {
    answer = { status: 200, body: encoded };
    const again = await send(routes.listTasks);
    expect(again.payload).toBe(first.payload);
    expect(again.headers['content-type']).toBe('application/json; charset=utf-8');
  }
});

test('what another schema has let out is not sent', async () => {
  answer = { status: 200, body: encodePage({ data: [task], nextCursor: null }) };
  expect((await send(routes.getTask)).statusCode).toBe(500);
});

describe('a change', () => {
  test('is carried out as its route lists it, and told of once it is', async () => {
    await send(routes.updateTask, 'me', id, { 'if-match': '"1"', 'x-other': 'x' });
    const change = {
      operation: 'updateTask',
      userId: 'ann',
      params: { userId: 'me', taskId: id },
      query: {},
      body: { title: 'x' },
      headers: { 'if-match': '"1"', 'idempotency-key': undefined },
    };
    expect(committed).toEqual([[change, { answer: { status: 204 }, version: 10 }]]);
  });

  test('is answered, whatever becomes of what follows from it', async () => {
    isTellingFailing = true;
    expect((await send(routes.deleteTask)).statusCode).toBe(204);
    expect(committed).toHaveLength(1);
  });
});

test('an answer that cannot be sent is a failure of its own, and of none that go out with it', async () => {
  const withoutSchema = { status: 299, body: {} };
  firstAnswers = [withoutSchema, { status: 204 }, withoutSchema];
  const sent = await Promise.all([1, 2, 3, 4].map(() => send(routes.deleteTask)));
  expect(sent.map(({ statusCode }) => statusCode)).toEqual([500, 204, 500, 204]);
});
