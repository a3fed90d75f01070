import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { adminUrlOf } from './stored-rows.ts';
import { unprotectedTables } from './unprotected-tables.ts';

// Closes, of the threats to isolation: "row-level security off by default" (CVE-2025-48757).

let server: RunningServer;
let databaseUrl: string;
/** Bound by no row security. */
let admin: Client;
/** As the server connects: the role that owns the tables. */
let client: Client;
let ann: User;
let bob: User;

beforeAll(async () => {
  const store = await freshStore();
  if (store === 'sqlite') throw new Error('This test is about PostgreSQL.');
  databaseUrl = store.databaseUrl;
  server = await startServer({ store });
  admin = new Client({ connectionString: adminUrlOf(databaseUrl) });
  await admin.connect();
  ann = await newUser(server.origin);
  bob = await newUser(server.origin);
  for (const { token } of [ann, bob]) {
    await request(server.origin, '/api/users/me/tasks', { token, body: { title: 'A task' } });
  }
});
afterAll(async () => {
  await client?.end();
  await admin?.end();
  await server?.stop();
});
beforeEach(async () => {
  await client?.end();
  client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('set search_path = tasks');
});

const setOwner = (owner: string) =>
  client.query("select set_config('ownlist.owner', $1, true)", [owner]);
const count = async (table: string) =>
  Number((await client.query(`select count(*) from ${table}`)).rows[0].count);
const refusal = { code: '42501', message: expect.stringContaining('row-level security') };

describe('every table of the API', () => {
  test('is protected: row security is enabled and forced, by a policy on the owner alone', async () => {
    expect(await unprotectedTables(admin)).toEqual([]);
  });

  test('is looked at: a planted one without protection is found', async () => {
    await client.query('create table planted (user_id text not null primary key)');
    await client.query('create view planted_view as select * from tasks');
    await client.query(
      'create table half (user_id text); alter table half enable row level security',
    );
    expect(await unprotectedTables(admin)).toEqual([
      'tasks.half: not forced, 0 policies',
      'tasks.planted: not enabled, not forced, 0 policies',
      'tasks.planted_view: not a table',
    ]);
  });

  test('keeps a server from starting while one is not protected', async () => {
    const started = startServer({ store: { databaseUrl } });
    await expect(started).rejects.toThrow(
      // To `ownlist_api`, which owns nothing, `half` shows nothing.
      /row security does not hold on planted, planted_view.*protectByOwner/,
    );
    await client.query('drop table half; drop view planted_view; drop table planted');
  });
});

describe('a connection that sets nobody', () => {
  test.each(['tasks', 'owners', 'task_words'])('reads nothing of %s', async (table) => {
    const { rows } = await admin.query(`select count(*)::int as count from tasks.${table}`);
    expect(rows[0].count).toBeGreaterThan(1);
    expect(await count(table)).toBe(0);
    await setOwner(''); // What a setting of a transaction is after it.
    expect(await count(table)).toBe(0);
  });

  test('writes nothing', async () => {
    const before = (await admin.query('select * from tasks.tasks order by user_id')).rows;
    expect((await client.query("update tasks set title = 'taken'")).rowCount).toBe(0);
    expect((await client.query('delete from tasks')).rowCount).toBe(0);
    const insert = client.query('insert into owners values ($1, 1)', ['somebody']);
    await expect(insert).rejects.toMatchObject(refusal);
    await expect(client.query("insert into owners values ('', 1)")).rejects.toMatchObject(refusal);
    expect((await admin.query('select * from tasks.tasks order by user_id')).rows).toEqual(before);
  });
});

describe('a connection that sets an owner', () => {
  beforeEach(async () => {
    await client.query('begin');
    await setOwner(bob.userId);
  });

  test('reads their rows alone, also by a statement that names no owner or another', async () => {
    const { rows } = await client.query('select distinct user_id from tasks');
    expect(rows).toEqual([{ user_id: bob.userId }]);
    const others = await client.query('select * from tasks where user_id = $1', [ann.userId]);
    expect(others.rows).toEqual([]);
  });

  test("changes and deletes nothing of another's", async () => {
    const before = (await admin.query('select * from tasks.tasks order by user_id')).rows;
    const change = "update tasks set title = 'taken' where user_id = $1";
    expect((await client.query(change, [ann.userId])).rowCount).toBe(0);
    const remove = await client.query('delete from owners where user_id = $1', [ann.userId]);
    expect(remove.rowCount).toBe(0);
    await client.query('commit');
    expect((await admin.query('select * from tasks.tasks order by user_id')).rows).toEqual(before);
  });

  test.each([
    ['gives no row of theirs to another', 'update tasks set user_id = $1'],
    [
      "adds nothing to another's",
      "insert into tasks values ($1, 'x', 'planted', '', null, 0, 0, 1)",
    ],
  ])('%s', async (_, statement) => {
    await expect(client.query(statement, [ann.userId])).rejects.toMatchObject(refusal);
  });

  test('is nobody again when the transaction ends, either way', async () => {
    expect(await count('tasks')).toBe(1);
    await client.query('commit');
    expect(await count('tasks')).toBe(0);
    await client.query('begin');
    await setOwner(bob.userId);
    await client.query('rollback');
    expect(await count('tasks')).toBe(0);
  });
});
