import { randomUUIDv7 } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { sqliteDialect } from '../../db/sqlite.ts';
import { onceForEachKey } from '../idempotency.ts';
import type { UserId } from '../principal.ts';
import { type ChangingTasks, changingTasks } from './changes-for-tests.ts';
import { type TasksSchema, tasksMigrations } from './schema.ts';
import type { ListPosition } from './store.ts';
import { createTask } from './task-changes.ts';

const start = Date.parse('2026-11-21T09:30:00.000Z');

let db: Kysely<TasksSchema>;
let time: number;
let ann: ChangingTasks;
let bob: ChangingTasks;

beforeEach(async () => {
  db = new Kysely<TasksSchema>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  await migrate(db, tasksMigrations('sqlite'));
  time = start;
  const storeOf = (id: string) => changingTasks(db, id as UserId, () => time);
  [ann, bob] = [storeOf('ann'), storeOf('bob')];
});
afterEach(() => db.destroy());

const everything: ListPosition = { status: 'all', sort: 'newest', limit: 50, after: undefined };
const listOf = async (store: ChangingTasks, position: Partial<ListPosition> = {}) =>
  (await store.list({ ...everything, ...position })).tasks;
const idOf = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;

async function made(store: ChangingTasks, task: Parameters<ChangingTasks['create']>[0]) {
  const created = await store.create(task);
  if (created === undefined) throw new Error('The id is taken.');
  return created;
}

test('a created task has its defaults, its times and the first version', async () => {
  expect(await made(ann, { id: idOf(1), title: 'a' })).toEqual({
    id: idOf(1),
    title: 'a',
    description: '',
    completed: false,
    completedAt: null,
    createdAt: '2026-11-21T09:30:00.000Z',
    updatedAt: '2026-11-21T09:30:00.000Z',
    version: 1,
  });
});

test('a task without an id gets one that is not used', async () => {
  const [first, second] = [await made(ann, { title: 'a' }), await made(ann, { title: 'b' })];
  expect(first.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  expect(first.id).not.toBe(second.id);
});

test('an id is taken once by an owner, and the version stays when it is refused', async () => {
  await made(ann, { id: idOf(1), title: 'first' });
  expect(await ann.create({ id: idOf(1), title: 'second' })).toBeUndefined();
  expect(await ann.version()).toBe(1);
  expect((await ann.get(idOf(1)))?.title).toBe('first');
});

describe('one owner and another', () => {
  beforeEach(async () => {
    await made(ann, { id: idOf(1), title: "ann's", description: 'private' });
    await made(bob, { id: idOf(2), title: "bob's" });
  });

  test('neither reads what is of the other', async () => {
    expect(await bob.get(idOf(1))).toBeUndefined();
    expect((await listOf(bob)).map(({ title }) => title)).toEqual(["bob's"]);
    expect((await listOf(ann)).map(({ title }) => title)).toEqual(["ann's"]);
  });

  test('neither changes what is of the other, with its version or without', async () => {
    expect(await bob.update(idOf(1), { title: 'taken' })).toBeUndefined();
    expect(await bob.update(idOf(1), { title: 'taken' }, 1)).toBeUndefined();
    expect(await bob.delete(idOf(1))).toBeUndefined();
    expect(await bob.delete(idOf(1), 1)).toBeUndefined();
    expect((await ann.get(idOf(1)))?.title).toBe("ann's");
  });

  test('each has a count of changes of their own', async () => {
    await ann.update(idOf(1), { completed: true });
    expect([await ann.version(), await bob.version()]).toEqual([2, 1]);
    expect((await ann.list(everything)).version).toBe(2);
    expect(await changingTasks(db, 'nobody' as UserId).version()).toBe(0);
  });

  test('both can use one id, and a change of it is a change of their own', async () => {
    await made(bob, { id: idOf(1), title: 'the same id' });
    await bob.update(idOf(1), { title: 'changed' });
    expect(await bob.delete(idOf(1))).toBe(4);
    expect((await ann.get(idOf(1)))?.title).toBe("ann's");
  });
});

/** The rows that the index has. */
async function indexRows() {
  return (await sql`select rowid from task_words`.execute(db)).rows;
}

describe('erasing an owner', () => {
  const rows = async () => [
    await db.selectFrom('tasks').selectAll().execute(),
    await db.selectFrom('owners').selectAll().execute(),
    await db.selectFrom('idempotency_keys').selectAll().execute(),
    await indexRows(),
  ];
  const keep = (id: string) => {
    const owner = id as UserId;
    const sending = { owner, operation: 'createTask', key: 'a-key', meaning: {} } as const;
    return onceForEachKey(db)(sending, function* (scope) {
      const task = yield* createTask(scope, owner, { title: 'by a key' });
      return { answer: task, version: task.version };
    });
  };

  test('leaves no row of them and every row of another', async () => {
    await made(bob, { id: idOf(1), title: "bob's" });
    await keep('bob');
    const before = await rows();
    await made(ann, { id: idOf(1), title: "ann's" });
    await keep('ann');
    expect([await ann.count(), await bob.count()]).toEqual([2, 2]);
    await ann.eraseAll();
    expect(await rows()).toEqual(before);
    expect([await ann.count(), await bob.count()]).toEqual([0, 2]);
  });

  test('who has nothing is nothing', async () => {
    await made(bob, { title: "bob's" });
    const before = await rows();
    await ann.eraseAll();
    expect(await rows()).toEqual(before);
  });
});

test('a task that is deleted leaves nothing in the index', async () => {
  await made(bob, { title: "bob's" });
  const before = await indexRows();
  await made(ann, { id: idOf(1), title: "ann's" });
  await ann.update(idOf(1), { title: 'changed' });
  await ann.delete(idOf(1));
  expect(await indexRows()).toEqual(before);
});

describe('a change', () => {
  beforeEach(() => made(ann, { id: idOf(1), title: 'title', description: 'text' }));

  test('touches what it names, and the time and the version of that task alone', async () => {
    await made(ann, { id: idOf(2), title: 'other' });
    time = start + 1000;
    expect(await ann.update(idOf(1), { title: 'new' })).toMatchObject({
      title: 'new',
      description: 'text',
      createdAt: '2026-11-21T09:30:00.000Z',
      updatedAt: '2026-11-21T09:30:01.000Z',
      version: 3,
    });
    expect(await ann.get(idOf(2))).toMatchObject({ title: 'other', version: 2 });
  });

  test('empties the description by null, and leaves the title when it has none', async () => {
    expect(await ann.update(idOf(1), { description: null })).toMatchObject({
      title: 'title',
      description: '',
    });
    expect(await ann.update(idOf(1), {})).toMatchObject({ title: 'title' });
  });

  test('of something else leaves an open task open, and a completed one completed', async () => {
    const changed = { title: 'new', description: 'new' };
    expect(await ann.update(idOf(1), changed)).toMatchObject({ completed: false });
    await ann.update(idOf(1), { completed: true });
    expect(await ann.update(idOf(1), changed)).toMatchObject({ completed: true });
  });

  test('completes once, at that time, and opens again', async () => {
    time = start + 1000;
    const done = await ann.update(idOf(1), { completed: true });
    expect(done).toMatchObject({ completed: true, completedAt: '2026-11-21T09:30:01.000Z' });
    time = start + 2000;
    expect(await ann.update(idOf(1), { completed: true })).toMatchObject({
      completedAt: '2026-11-21T09:30:01.000Z',
      updatedAt: '2026-11-21T09:30:02.000Z',
    });
    expect(await ann.update(idOf(1), { completed: false })).toMatchObject({
      completed: false,
      completedAt: null,
    });
  });

  test('is made at the version it names and at no other, and counts only when it is made', async () => {
    expect(await ann.update(idOf(1), { title: 'x' }, 2)).toBeUndefined();
    expect(await ann.delete(idOf(1), 2)).toBeUndefined();
    expect(await ann.version()).toBe(1);
    expect(await ann.update(idOf(1), { title: 'x' }, 1)).toMatchObject({ version: 2 });
    expect(await ann.delete(idOf(1), 2)).toBe(3);
    expect(await ann.version()).toBe(3);
  });

  test('of a task that is not there is none', async () => {
    expect(await ann.update(idOf(9), { title: 'x' })).toBeUndefined();
    expect(await ann.delete(idOf(9))).toBeUndefined();
    expect(await ann.get(idOf(9))).toBeUndefined();
    expect(await ann.version()).toBe(1);
  });

  test('that fails leaves nothing behind', async () => {
    const broken = ann.create({ id: idOf(2), title: null as never });
    await expect(broken).rejects.toThrow('NOT NULL');
    expect(await ann.version()).toBe(1);
    expect(await made(ann, { id: idOf(2), title: 'fine' })).toMatchObject({ version: 2 });
  });
});

describe('a list', () => {
  beforeEach(async () => {
    for (const n of [3, 1, 4, 2, 5]) {
      await made(ann, { id: idOf(n), title: `${n}`, completed: n % 2 === 0 });
    }
  });
  const titles = async (position: Partial<ListPosition>) =>
    (await listOf(ann, position)).map(({ title }) => title).join('');

  test('is in the order of the ids, one way or the other', async () => {
    expect(await titles({})).toBe('54321');
    expect(await titles({ sort: 'oldest' })).toBe('12345');
  });

  test('holds the open ones, the completed ones, or all', async () => {
    expect(await titles({ status: 'open' })).toBe('531');
    expect(await titles({ status: 'completed', sort: 'oldest' })).toBe('24');
  });

  test('begins behind a position, which need not be there any more', async () => {
    expect(await titles({ after: idOf(4) })).toBe('321');
    expect(await titles({ after: idOf(2), sort: 'oldest' })).toBe('345');
    await ann.delete(idOf(4));
    expect(await titles({ after: idOf(4), limit: 2 })).toBe('32');
  });

  test('says whether more follow', async () => {
    expect(await ann.list({ ...everything, limit: 4 })).toMatchObject({ more: true });
    expect(await ann.list({ ...everything, limit: 5 })).toMatchObject({ more: false });
    expect(await titles({ limit: 2 })).toBe('54');
  });
});

test('changes of one owner at once each have a version of their own', async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, () => made(ann, { id: randomUUIDv7(), title: 'x' })),
  );
  expect(all.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
});
