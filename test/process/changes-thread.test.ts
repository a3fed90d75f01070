import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Change } from '../../src/api/changes.ts';
import { changesInThread } from '../../src/api/changes-thread.ts';
import type { UserId } from '../../src/api/principal.ts';
import { type TasksSchema, tasksMigrations } from '../../src/api/tasks/schema.ts';
import { tasksOf } from '../../src/api/tasks/store.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openSqlite, sqliteDialect } from '../../src/db/sqlite.ts';
import { isStoreUnavailable } from '../../src/db/store-unavailable.ts';

const ann = 'ann' as UserId;
const taskId = '01a1fcc4-a1ed-7f57-bb46-c820c5d58a0c';

let folder: string;
let file: string;
let db: Kysely<TasksSchema> | undefined;
let thread: ReturnType<typeof changesInThread>;
let observe: ReturnType<typeof vi.fn<(kind: string, milliseconds: number) => void>>;
let onError: ReturnType<typeof vi.fn<(error: Error) => void>>;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ownlist-changes-'));
  file = path.join(folder, 'tasks.db');
  [observe, onError, db] = [vi.fn(), vi.fn(), undefined];
  thread = changesInThread({ file, observe, onError });
});
afterEach(async () => {
  await thread.close();
  await db?.destroy();
  rmSync(folder, { recursive: true });
});

/** The connection of the thread that reads. */
async function openStore(): Promise<Kysely<TasksSchema>> {
  db = new Kysely<TasksSchema>({ dialect: sqliteDialect(openSqlite(file)) });
  await migrate(db, tasksMigrations('sqlite'));
  return db;
}

const create = (other: Partial<Change> = {}): Change => ({
  operation: 'createTask',
  userId: ann,
  params: { userId: 'me' },
  query: {},
  body: { id: taskId, title: 'Buy “milk” 🎂' },
  headers: {},
  ...other,
});
const update = (other: Partial<Change> = {}): Change =>
  create({
    operation: 'updateTask',
    params: { userId: 'me', taskId },
    body: { title: 'other' },
    ...other,
  });

test('a change is committed, and read here, when it is answered', async () => {
  const store = tasksOf(await openStore(), ann);
  expect(await store.version()).toBe(0);
  const { answer, version } = await thread.carryOut(create());
  expect(answer).toMatchObject({ status: 201, headers: { etag: '"1"' } });
  expect(version).toBe(1);
  expect(await store.get(taskId)).toEqual(answer.body);
  await thread.carryOut(update());
  expect([await store.version(), (await store.get(taskId))?.title]).toEqual([2, 'other']);
  expect(onError).not.toHaveBeenCalled();
});

test('a refusal says all that it says without a thread', async () => {
  const store = tasksOf(await openStore(), ann);
  await thread.carryOut(create());
  await expect(thread.carryOut(create())).rejects.toMatchObject({
    code: 'task_exists',
    status: 409,
    extra: { errors: [{ pointer: '/id' }] },
  });
  await expect(thread.carryOut(update({ headers: { 'if-match': '"9"' } }))).rejects.toMatchObject({
    code: 'version_stale',
    headers: { etag: '"1"' },
    extra: { current: await store.get(taskId) },
  });
  await expect(thread.carryOut(update({ userId: 'bob' as UserId }))).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('fifty sendings at once under one key are one change', async () => {
  await openStore();
  const headers = { 'idempotency-key': 'a-key' };
  const sent = Array.from({ length: 50 }, () => thread.carryOut(create({ headers })));
  const all = await Promise.allSettled(sent);
  const made = all.filter((one) => one.status === 'fulfilled' && one.value.version === 1);
  const others = all.filter((one) => one.status === 'rejected').map(({ reason }) => reason.code);
  expect(made).toHaveLength(1);
  expect(new Set(others)).toEqual(new Set(['idempotency_in_flight']));
  expect((await thread.carryOut(create({ headers }))).version).toBeUndefined();
});

test('what its statements took is told', async () => {
  await openStore();
  await thread.carryOut(create());
  await vi.waitFor(() => {
    const kinds = new Set(observe.mock.calls.map(([kind]) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['begin', 'insert', 'commit']));
  });
});

test('where the store cannot be opened changes are refused for now, and made when it can again', async () => {
  mkdirSync(file);
  const refused = await thread.carryOut(create()).catch((error: unknown) => error);
  expect(isStoreUnavailable(refused)).toBe(true);
  expect(onError.mock.calls.map(([error]) => error.message)).toEqual([
    'unable to open database file',
  ]);
  rmdirSync(file);
  await openStore();
  expect((await thread.carryOut(create())).version).toBe(1);
});
