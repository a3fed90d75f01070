import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Route, routes } from '../contract/routes.ts';
import { migrate } from '../db/migrate.ts';
import { sqliteDialect } from '../db/sqlite.ts';
import type { Scope, Steps } from '../db/steps.ts';
import {
  type CarryOut,
  type Change,
  type ChangeHandlers,
  changesOn,
  isChange,
  type Outcome,
} from './changes.ts';
import type { UserId } from './principal.ts';
import { type TasksSchema, tasksMigrations } from './tasks/schema.ts';
import { advanceVersion } from './tasks/statements.ts';

let db: Kysely<TasksSchema>;
let carryOut: CarryOut;
let made: number;
let answer: Outcome['answer'];

beforeEach(async () => {
  db = new Kysely({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  await migrate(db, tasksMigrations('sqlite'));
  [made, answer] = [0, { status: 204 }];
  function* handler(scope: Scope<TasksSchema>, { userId }: { userId: UserId }): Steps<Outcome> {
    const [owned] = yield* advanceVersion.step(scope, { owner: userId });
    made++;
    return { answer, version: owned?.version };
  }
  const handlers = { createTask: handler, updateTask: handler, deleteTask: handler };
  carryOut = changesOn(db, handlers as unknown as ChangeHandlers);
});
afterEach(() => db.destroy());

const changes = Object.keys(routes).filter((id): id is Change['operation'] =>
  isChange(id as keyof typeof routes),
);

const change = (other: Partial<Change> = {}): Change => ({
  operation: 'updateTask',
  userId: 'ann' as UserId,
  params: { userId: 'me', taskId: '1' },
  query: {},
  body: { title: 'x' },
  headers: { 'idempotency-key': 'a-key' },
  ...other,
});

test('every operation that changes something takes a key, so that it may be sent again', () => {
  expect(changes).not.toEqual([]);
  for (const id of changes) {
    const { headers = {} }: Route = routes[id];
    expect([id, 'Idempotency-Key' in headers]).toEqual([id, true]);
  }
});

test.each(changes)('a change is made once for its key, and told of once: %s', async (operation) => {
  const first = await carryOut(change({ operation }));
  expect(first).toEqual({ answer: { status: 204 }, version: 1 });
  const again = await carryOut(change({ operation }));
  expect(again).toEqual({ answer: { status: 204 }, version: undefined });
  expect(made).toBe(1);
});

test('without a key every sending is a change of its own', async () => {
  const versions = [
    await carryOut(change({ headers: {} })),
    await carryOut(change({ headers: { 'idempotency-key': undefined } })),
  ].map(({ version }) => version);
  expect(versions).toEqual([1, 2]);
});

test.each([
  ['another task', { params: { userId: 'me', taskId: '2' } }],
  ['another query', { query: { status: 'open' } }],
  ['another body', { body: { title: 'y' } }],
  ['another condition', { headers: { 'idempotency-key': 'a-key', 'if-match': '"1"' } }],
])('%s under the same key is another change, and refused', async (_, other) => {
  await carryOut(change());
  await expect(carryOut(change(other))).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});

test('`me` is the caller, and what a route does not list says nothing', async () => {
  await carryOut(change());
  const headers = { 'idempotency-key': 'a-key', 'x-other': 'x' };
  const { version } = await carryOut(change({ params: { userId: 'ann', taskId: '1' }, headers }));
  expect(version).toBeUndefined();
});

test('a change that is taken back is told of to nobody', async () => {
  // No JSON has such a number, so the answer cannot be kept for the key.
  answer = { status: 200, body: 1n as never };
  await expect(carryOut(change())).rejects.toThrow(TypeError);
  answer = { status: 204 };
  expect(await carryOut(change())).toEqual({ answer, version: 1 });
});
