import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserId } from '../../src/api/principal.ts';
import { tasksMigrations } from '../../src/api/tasks/schema.ts';
import { tasksOf } from '../../src/api/tasks/store.ts';
import { parseConfig } from '../../src/config/config.ts';
import { openProtected } from '../../src/db/protected-postgres.ts';
import { openTasks } from '../../src/stores.ts';
import { request } from '../support/client.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

let postgres: Postgres;
let admin: Client;

/** A server of its own: roles belong to all databases of one, and these make roles. */
async function begin(): Promise<void> {
  postgres = await startPostgres();
  admin = new Client({ connectionString: postgres.adminUrl });
  await admin.connect();
}
async function end(): Promise<void> {
  await admin?.end();
  await postgres?.stop();
}

/** An empty database and its owner, a new role with these attributes; the URL to use it by. */
async function databaseOf(attributes: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await admin.query(`create role ${name} login password 'secret' ${attributes}`);
  await admin.query(`create database ${name} owner ${name}`);
  const url = new URL(postgres.adminUrl);
  Object.assign(url, { username: name, password: 'secret', pathname: `/${name}` });
  return url.href;
}

/** A connection that is closing may meet the end of the server. */
const onError = () => undefined;
const open = (databaseUrl: string) =>
  openTasks(parseConfig({ DATABASE_URL: databaseUrl }, {}, []), onError);

const everyone = [
  ['a plain role', ''],
  ['a superuser', 'superuser'],
  ['a role that bypasses row security and may create roles', 'bypassrls createrole'],
] as const;

// "row-level security off by default" (CVE-2025-48757) is also what a role that bypasses it has.
describe.each(everyone)('with %s in DATABASE_URL', (_, attributes) => {
  beforeAll(begin);
  afterAll(end);

  test("the server serves, and its store's connections are bound by row security", async () => {
    const databaseUrl = await databaseOf(attributes);
    const server = await startServer({ store: { databaseUrl } });
    const { token, userId } = await newUser(server.origin);
    const body = { title: 'A task' };
    const made = await request(server.origin, '/api/users/me/tasks', { token, body });
    expect(made.status).toBe(201);
    expect((await request(server.origin, '/readyz')).status).toBe(200);
    await server.stop();

    const { database, isReady, close } = await open(databaseUrl);
    const role = await sql<{ bound: boolean }>`
      select not (rolsuper or rolbypassrls) as bound from pg_roles where rolname = current_user`;
    expect((await role.execute(database)).rows).toEqual([{ bound: true }]);
    // Proven by the sign-up above.
    expect(await tasksOf(database, userId as UserId).version()).toBe(1);
    // The same connection, from the pool: whose it was is forgotten.
    expect((await sql`select * from tasks`.execute(database)).rows).toEqual([]);
    expect((await sql`select * from owners`.execute(database)).rows).toEqual([]);
    expect(await isReady()).toBe(true);
    await close();
  });
});

describe('the role that is made for those that row security does not bind', () => {
  beforeAll(begin);
  afterAll(end);

  test('where it cannot be made the server does not start, and says why', async () => {
    const databaseUrl = await databaseOf('bypassrls');
    await expect(startServer({ store: { databaseUrl } })).rejects.toThrow(
      /ownlist_api is not there.*Row security does not bind the role of DATABASE_URL.*Use a role without either/s,
    );
  });

  test('can change rows, and nothing else', async () => {
    const { database, close } = await open(await databaseOf('superuser'));
    for (const statement of [
      'delete from kysely_migration',
      'select * from kysely_migration_lock',
      'truncate tasks',
      'alter table tasks disable row level security',
      'drop policy own_rows on tasks',
      'create table planted (id text)',
    ]) {
      const refused = sql.raw(statement).execute(database);
      await expect(refused, statement).rejects.toMatchObject({ code: '42501' });
    }
    await close();
  });

  test('is made once by servers that start at once', async () => {
    const databaseUrl = await databaseOf('superuser');
    const opened = await Promise.all([1, 2, 3].map(() => open(databaseUrl)));
    for (const { isReady, close } of opened) {
      expect(await isReady()).toBe(true);
      await close();
    }
  });
});

describe('where the tables are owned by the role that works on them', () => {
  beforeAll(begin);
  afterAll(end);

  test('a migration that reads rows it cannot see fails, instead of passing them by', async () => {
    const careless = {
      '9999-careless': {
        up: async (db) => void (await sql`update tasks set title = ''`.execute(db)),
      },
    } satisfies ReturnType<typeof tasksMigrations>;
    const opened = openProtected({
      url: await databaseOf(''),
      schema: 'tasks',
      role: 'ownlist_api',
      migrations: { ...tasksMigrations('postgres'), ...careless },
      onError,
    });
    await expect(opened).rejects.toThrow(/row-level security policy/);
  });

  test('a migration, and who waits for it, has all the time it needs', async () => {
    const timeouts: unknown[] = [];
    const slow = {
      '9999-slow': {
        up: async (db) => {
          const { rows } = await sql<{
            timeout: string;
          }>`select current_setting('statement_timeout') as timeout`.execute(db);
          timeouts.push(...rows);
        },
      },
    } satisfies ReturnType<typeof tasksMigrations>;
    const url = await databaseOf('');
    await admin.query(`alter role ${new URL(url).username} set statement_timeout = '1s'`);
    const { database } = await openProtected({
      url,
      schema: 'tasks',
      role: 'ownlist_api',
      migrations: { ...tasksMigrations('postgres'), ...slow },
      onError,
    });
    await database.destroy();
    expect(timeouts).toEqual([{ timeout: '0' }]);
  });
});
