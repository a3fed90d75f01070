import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../db/migrate.ts';
import { sqliteDialect } from '../db/sqlite.ts';
import type { Scope, Steps } from '../db/steps.ts';
import { type Done, onceForEachKey } from './idempotency.ts';
import type { UserId } from './principal.ts';
import { type TasksSchema, tasksMigrations } from './tasks/schema.ts';
import { advanceVersion } from './tasks/statements.ts';

const day = 24 * 60 * 60 * 1000;

let db: Kysely<TasksSchema>;
let time: number;
let carriedOut: number;
let once: ReturnType<typeof onceForEachKey>;

beforeEach(async () => {
  db = new Kysely<TasksSchema>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  await migrate(db, tasksMigrations('sqlite'));
  time = 1_800_000_000_000;
  carriedOut = 0;
  once = onceForEachKey(db, () => time);
});
afterEach(() => db.destroy());

const sending = (change: object = {}) => ({
  owner: 'ann' as UserId,
  operation: 'createTask' as const,
  key: 'a-key',
  meaning: { title: 'x' },
  ...change,
});
function* work(scope: Scope<TasksSchema>): Steps<Done<number>> {
  const [row] = yield* advanceVersion.step(scope, { owner: 'ann' as UserId });
  return { answer: ++carriedOut, version: row?.version };
}
/** What a request came to that was carried out, and what one that was before. */
const first = (answer: number) => ({ answer, version: answer });
const again = (answer: number) => ({ answer, version: undefined });

test('the same request is carried out once, and its answer given again', async () => {
  expect(await once(sending(), work)).toEqual(first(1));
  expect(await once(sending(), work)).toEqual(again(1));
});

test.each([
  ['another owner', { owner: 'bob' as UserId }],
  ['another operation', { operation: 'updateTask' }],
  ['another key', { key: 'b-key' }],
])('%s is another request', async (_, change) => {
  await once(sending(), work);
  expect(await once(sending(change), work)).toEqual(first(2));
});

test('another request under the key is refused', async () => {
  await once(sending(), work);
  await expect(once(sending({ meaning: { title: 'y' } }), work)).rejects.toMatchObject({
    code: 'idempotency_key_reused',
    message: 'This Idempotency-Key was sent with another request.',
  });
});

test('while the first is under way the second is told to come back, and others are not', async () => {
  const sent = once(sending(), work);
  await expect(once(sending(), work)).rejects.toMatchObject({
    code: 'idempotency_in_flight',
    message: 'The first sending is not answered yet.',
    headers: { 'retry-after': '1' },
  });
  const others = [sending({ key: 'b-key' }), sending({ owner: 'bob' })].map((other) =>
    once(other, work),
  );
  expect(await sent).toEqual(first(1));
  expect(await Promise.all(others)).toEqual([first(2), first(3)]);
  expect(await once(sending(), work)).toEqual(again(1));
});

test('a request that fails leaves its key free and nothing behind', async () => {
  function* fail(scope: Scope<TasksSchema>): Steps<Done<number>> {
    yield* advanceVersion.step(scope, { owner: 'ann' as UserId });
    throw new Error('it failed');
  }
  await expect(once(sending(), fail)).rejects.toThrow('it failed');
  expect(await once(sending({ meaning: { title: 'y' } }), work)).toEqual(first(1));
});

test('an answer is kept for 24 hours', async () => {
  await once(sending(), work);
  time += day - 1;
  expect(await once(sending(), work)).toEqual(again(1));
  time += 1;
  expect(await once(sending(), work)).toEqual(first(2));
});

test("the age of one owner's keys is nothing to those of another", async () => {
  await once(sending({ owner: 'bob' }), work);
  time += day;
  await once(sending(), work);
  const { count } = db.fn;
  const rows = await db.selectFrom('idempotency_keys').select(count('key').as('kept')).execute();
  expect(rows).toEqual([{ kept: 2 }]);
});

test.each(['', ' ', 'a b', 'é', 'x'.repeat(256), 'a\n', '\u007f'])('%j is no key', async (key) => {
  await expect(once(sending({ key }), work)).rejects.toMatchObject({
    code: 'idempotency_key_invalid',
    message: 'An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID.',
  });
});

test.each(['!', '~', 'x'.repeat(255)])('%j is a key', async (key) => {
  expect(await once(sending({ key }), work)).toEqual(first(1));
});
