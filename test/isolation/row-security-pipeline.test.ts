import { Kysely, sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ownerRead, ownerSteps } from '../../src/api/as-owner.ts';
import type { UserId } from '../../src/api/principal.ts';
import type { TasksSchema } from '../../src/api/tasks/schema.ts';
import { tasksOf } from '../../src/api/tasks/store.ts';
import { createTask } from '../../src/api/tasks/task-changes.ts';
import { parseConfig } from '../../src/config/config.ts';
import { PipelinedPostgresDialect } from '../../src/db/pipelined-postgres.ts';
import { postgresPool } from '../../src/db/postgres.ts';
import { type Steps, step } from '../../src/db/steps.ts';
import { isConnectionLost } from '../../src/db/store-unavailable.ts';
import { openTasks } from '../../src/stores.ts';
import { freshStore } from '../support/store.ts';
import { adminUrlOf } from './stored-rows.ts';

// Statements go to PostgreSQL without waiting for each other: what holds when one of them fails.

const ann = 'ann' as UserId; // As a token would prove.
/** PostgreSQL takes no such text, so this owner cannot be set. */
const impossible = 'a\0b' as UserId;

/** Bound by no row security. */
let admin: Client;
let databaseUrl: string;
let db: Kysely<TasksSchema>;
let close: () => Promise<void>;

beforeAll(async () => {
  const store = await freshStore();
  if (store === 'sqlite') throw new Error('This test is about PostgreSQL.');
  databaseUrl = store.databaseUrl;
  const config = parseConfig({ DATABASE_URL: databaseUrl }, {}, []);
  admin = new Client({ connectionString: adminUrlOf(databaseUrl) });
  await admin.connect();
  ({ database: db, close } = await openTasks(config, () => undefined));
  await create(ann, 'Water the plants');
});
afterAll(async () => {
  await close?.();
  await admin?.end();
});

const create = (owner: UserId, title: string) =>
  ownerSteps(db, owner, (scope) => createTask(scope, owner, { title }));
const allTasks = (own: Kysely<TasksSchema>) => own.selectFrom('tasks').select('id').execute();

test('where the owner cannot be set nothing is read, and the reason is told', async () => {
  await expect(ownerRead(db, impossible, allTasks)).rejects.toMatchObject({ code: '22021' });
});

test('where the owner cannot be set nothing is written, and the reason is told', async () => {
  const somebody = db.insertInto('owners').values({ user_id: 'somebody', version: 1 });
  const insert = ownerSteps(db, impossible, (scope) => step(scope, somebody.compile()));
  await expect(insert).rejects.toMatchObject({ code: '22021' });
  expect(await tasksOf(db, 'somebody' as UserId).version()).toBe(0);
});

test('a read that writes all the same is refused, also where it is the last of its transaction', async () => {
  const write = ownerRead(db, ann, (own) => own.deleteFrom('tasks').execute());
  await expect(write).rejects.toMatchObject({ code: '25006' });
  expect(await tasksOf(db, ann).count()).toBe(1);
});

test('a connection that was left after a read begins the next transaction as nobody', async () => {
  await ownerRead(db, ann, allTasks);
  expect(await db.transaction().execute(allTasks)).toEqual([]);
});

describe('a transaction that could not begin', () => {
  let failing: Kysely<TasksSchema>;
  beforeAll(() => {
    const pool = postgresPool({
      url: databaseUrl,
      schema: 'tasks',
      onError: () => undefined,
      pipeline: true,
    });
    pool.on('connect', (client) => {
      const query = client.query.bind(client) as (...values: unknown[]) => unknown;
      client.query = ((text: unknown, ...rest: unknown[]) =>
        query(/^(begin|start)/.test(String(text)) ? 'select 1 / 0' : text, ...rest)) as never;
    });
    failing = new Kysely({ dialect: new PipelinedPostgresDialect(pool) });
  });
  afterAll(() => failing?.destroy());

  test('does not pass for an empty list', async () => {
    await expect(ownerRead(failing, ann, allTasks)).rejects.toMatchObject({ code: '22012' });
  });

  test('does not pass for a change that found nothing to change', async () => {
    const all = db.deleteFrom('tasks').compile();
    const change = ownerSteps(failing, ann, (scope) => step(scope, all));
    await expect(change).rejects.toMatchObject({ code: '22012' });
    expect(await tasksOf(db, ann).count()).toBe(1);
  });
});

describe('a connection that is lost', () => {
  const endIt = async (own: Kysely<TasksSchema>) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(own);
    await admin.query('select pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
    return allTasks(own);
  };

  test('costs a read nothing: it is made once more, on another', async () => {
    let attempts = 0;
    const read = ownerRead(db, ann, async (own) => {
      attempts++;
      return attempts === 1 ? endIt(own) : allTasks(own);
    });
    expect(await read).toHaveLength(1);
  });

  test('twice in a row is told', async () => {
    await expect(ownerRead(db, ann, endIt)).rejects.toSatisfy(isConnectionLost);
  });

  test('fails a change, which is not made again: it may have been carried out', async () => {
    let attempts = 0;
    const own = sql<{ pid: number }>`select pg_backend_pid() as pid`.compile(db);
    const change = ownerSteps(db, ann, function* (scope): Steps<void> {
      attempts++;
      const [row] = yield* step(scope, own);
      void admin.query('select pg_terminate_backend($1)', [row?.pid]);
      yield* step(scope, sql`select pg_sleep(10)`.compile(db));
    });
    await expect(change).rejects.toSatisfy(isConnectionLost);
    expect(attempts).toBe(1);
  });
});

test.each([
  ['who has tasks', true],
  ['who has none yet', false],
])('an owner %s is erased with what they were adding', async (_, hasTasks) => {
  const owner = `going-${hasTasks}` as UserId;
  if (hasTasks) await create(owner, 'Say goodbye');
  const held = new Client({ connectionString: adminUrlOf(databaseUrl) });
  await held.connect();
  await held.query('begin; lock table tasks.tasks in exclusive mode');
  const waiting = async () => {
    const { rows } = await admin.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length;
  };
  const adding = create(owner, 'Pack');
  await vi.waitUntil(async () => (await waiting()) === 1, { timeout: 10_000 });
  const erasing = tasksOf(db, owner).eraseAll();
  await vi.waitUntil(async () => (await waiting()) === 2, { timeout: 10_000 });
  await held.query('commit');
  await held.end();
  await Promise.all([adding, erasing]);
  for (const table of ['tasks', 'owners', 'task_words', 'idempotency_keys']) {
    const { rows } = await admin.query(`select 1 from tasks.${table} where user_id = $1`, [owner]);
    expect([table, rows]).toEqual([table, []]);
  }
});

test('words that were left under an id are none of the new task that has it', async () => {
  const [owner, id] = ['returning' as UserId, '01a1fcc4-a1ed-7f57-bb46-c820c5d58a0c'];
  await admin.query(
    `insert into tasks.task_words (user_id, id, word) values ($1, $2, 'garden'), ($1, $2, 'dentist')`,
    [owner, id],
  );
  await ownerSteps(db, owner, (scope) => createTask(scope, owner, { id, title: 'Garden' }));
  const { rows } = await admin.query('select word from tasks.task_words where user_id = $1', [
    owner,
  ]);
  expect(rows).toEqual([{ word: 'garden' }]);
});

test('many at once, on few connections, get what is theirs alone', async () => {
  const owners = Array.from({ length: 20 }, (_, n) => `owner-${n}` as UserId);
  const made = await Promise.all(owners.map((owner) => create(owner, owner)));
  const read = () =>
    Promise.all(
      owners.map((owner) => tasksOf(db, owner).get(made[owners.indexOf(owner)]?.id ?? '')),
    );
  for (let round = 0; round < 10; round++) {
    expect((await read()).map((task) => task?.title)).toEqual(owners);
  }
});

test('a statement is parsed once on each connection, and names no owner in its text', async () => {
  for (let round = 0; round < 3; round++) await tasksOf(db, ann).version();
  const { rows } = await sql<{ statement: string; runs: number }>`
    select statement, (generic_plans + custom_plans)::int as runs from pg_prepared_statements
    where statement like 'select "version"%'`.execute(db);
  expect(rows).toEqual([
    {
      statement: expect.stringMatching(/^select "version" from "owners".*\$1$/),
      runs: expect.any(Number),
    },
  ]);
  expect(rows[0]?.runs).toBeGreaterThanOrEqual(3);
});
