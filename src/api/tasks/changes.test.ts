import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { sqliteDialect } from '../../db/sqlite.ts';
import { type ChangeId, changesOn, type Outcome } from '../changes.ts';
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
  await carryOut('createTask', undefined, { id: taskId, title: 'first' });
});
afterEach(() => db.destroy());

const carryOut = (operation: ChangeId, ifMatch: string | undefined, body?: unknown) =>
  changesOn(
    db,
    taskChanges,
  )({
    operation,
    userId,
    params: { userId, taskId },
    query: {},
    body,
    headers: { 'if-match': ifMatch },
  });

/** What becomes of five of the same request at once: each looks at the task before one changes it. */
async function fiveAtOnce(send: () => Promise<Outcome>): Promise<(string | number)[]> {
  const answers = await Promise.allSettled(Array.from({ length: 5 }, send));
  return answers
    .map((one) => (one.status === 'fulfilled' ? one.value.answer.status : one.reason.code))
    .toSorted();
}
const five = (outcome: string | number) => Array(5).fill(outcome);

describe('of changes to a task at once', () => {
  const change = (ifMatch?: string) => carryOut('updateTask', ifMatch, { title: 'x' });
  const remove = (ifMatch?: string) => carryOut('deleteTask', ifMatch);

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

test.each([
  ['createTask', 'insert', { title: 'x' }],
  ['updateTask', 'update', { title: 'x' }],
  ['deleteTask', 'delete', undefined],
] as const)('a failure of the store is told as it is: %s', async (operation, kind, body) => {
  await sql`
    create trigger broken before ${sql.raw(kind)} on tasks begin
      select raise(abort, 'broken');
    end`.execute(db);
  await expect(carryOut(operation, undefined, body)).rejects.toThrow('broken');
  expect(await tasksOf(db, userId).version()).toBe(1);
});
