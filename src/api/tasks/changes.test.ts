import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { sqliteDialect } from '../../db/sqlite.ts';
import type { UserId } from '../principal.ts';
import { taskChanges } from './changes.ts';
import { type TasksSchema, tasksMigrations } from './schema.ts';
import { tasksOf } from './store.ts';

const userId = 'ann' as UserId;
const taskId = '01a1fcc4-a1ed-7f57-bb46-c820c5d58a0c';
let db: Kysely<TasksSchema>;

beforeEach(async () => {
  db = new Kysely({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  await migrate(db, tasksMigrations('sqlite'));
  await tasksOf(db, userId).create({ id: taskId, title: 'first' });
});
afterEach(() => db.destroy());

const call = (ifMatch: string | undefined) => ({
  userId,
  params: { userId, taskId },
  header: (name: string) => (name === 'if-match' ? ifMatch : undefined),
  db,
});

/** What becomes of five of the same request at once: each looks at the task before one changes it. */
async function fiveAtOnce(
  send: () => Promise<{ answer: { status: number } }>,
): Promise<(string | number)[]> {
  const answers = await Promise.allSettled(Array.from({ length: 5 }, send));
  return answers
    .map((one) => (one.status === 'fulfilled' ? one.value.answer.status : one.reason.code))
    .toSorted();
}
const five = (outcome: string | number) => Array(5).fill(outcome);

describe('of changes to a task at once', () => {
  const change = (ifMatch?: string) =>
    taskChanges.updateTask({ ...call(ifMatch), body: { title: 'x' } });
  const remove = (ifMatch?: string) =>
    taskChanges.deleteTask({ ...call(ifMatch), body: undefined });

  test('one is made of those that name its version, and none is lost', async () => {
    expect(await fiveAtOnce(() => change('"1"'))).toEqual([200, ...five('version_stale').slice(1)]);
    expect(await tasksOf(db, userId).version()).toBe(2);
  });

  test.each([undefined, '*'])('every one is made under If-Match: %s', async (ifMatch) => {
    expect(await fiveAtOnce(() => change(ifMatch))).toEqual(five(200));
  });

  test.each([undefined, '*', '"1"'])('one deletes it under If-Match: %s', async (ifMatch) => {
    expect(await fiveAtOnce(() => remove(ifMatch))).toEqual([204, ...five('not_found').slice(1)]);
  });
});
