import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';
import { prepareDatabase } from '../../src/prepare-database.ts';
import { openAccounts, openGuard, openTasks } from '../../src/stores.ts';
import { accessToken, request, signUp } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { createDatabase, type Postgres, startPostgres } from '../support/postgres.ts';
import { type RunningServer, startServer } from '../support/server.ts';

// The wall between the sides, held by the database: whoever takes over one side's connections
// finds nothing of the other.

let postgres: Postgres;
let ownerUrl: string;
let admin: Client;

const onError = () => undefined;
const configOf = (databaseUrl: string, role: string) =>
  parseConfig({ DATABASE_URL: databaseUrl, BETTER_AUTH_SECRET: secret, ROLE: role }, {}, []);
const secret = randomBytes(32).toString('base64url');

/** A login that was given roles and nothing else; the URL to use it by. */
async function loginIn(...roles: string[]): Promise<string> {
  const name = `login_${randomBytes(8).toString('hex')}`;
  const membership = roles.length > 0 ? `in role ${roles.join(', ')}` : '';
  await admin.query(`create role ${name} login password 'secret' ${membership}`);
  const url = new URL(ownerUrl);
  Object.assign(url, { username: name, password: 'secret' });
  return url.href;
}

async function start(databaseUrl: string, role: string, port?: number, origin?: string) {
  const own = port ?? (await freePort());
  const env = {
    BETTER_AUTH_SECRET: secret,
    BETTER_AUTH_URL: origin ?? `http://localhost:${own}`,
  };
  return startServer({ store: { databaseUrl }, port: own, env, args: ['--role', role] });
}

beforeAll(async () => {
  postgres = await startPostgres();
  ownerUrl = await createDatabase(postgres.adminUrl);
  const adminUrl = new URL(postgres.adminUrl);
  adminUrl.pathname = new URL(ownerUrl).pathname;
  admin = new Client({ connectionString: adminUrl.href });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await postgres?.stop();
});

const accountsTables = ['user', 'session', 'account', 'verification', 'rateLimit'];
const tasksTables = ['tasks', 'owners', 'idempotency_keys'];

/** What a statement says to each of these roles: that it ran, or the error's code. */
async function outcomes(statement: string, roles: readonly string[]): Promise<string[]> {
  const said = [];
  for (const role of roles) {
    await admin.query(`begin; set local role ${role}`);
    const outcome = await admin.query(statement).then(
      () => 'ran',
      (error) => error.code,
    );
    await admin.query('rollback');
    said.push(outcome);
  }
  return said;
}

const denied = '42501';

describe('the roles that servers work as', () => {
  beforeAll(() => prepareDatabase(configOf(ownerUrl, 'all'), () => undefined));

  test.each(accountsTables)('the issuer alone reaches the accounts: %s', async (table) => {
    for (const statement of [
      `select from accounts."${table}"`,
      `delete from accounts."${table}"`,
    ]) {
      expect(await outcomes(statement, ['ownlist_issuer', 'ownlist_api', 'ownlist_guard'])).toEqual(
        ['ran', denied, denied],
      );
    }
  });

  test.each(tasksTables)('the API alone reaches the tasks: %s', async (table) => {
    for (const statement of [`select from tasks.${table}`, `delete from tasks.${table}`]) {
      expect(await outcomes(statement, ['ownlist_api', 'ownlist_issuer', 'ownlist_guard'])).toEqual(
        ['ran', denied, denied],
      );
    }
  });

  test('each has of the guard what it needs, and no more', async () => {
    const sides = ['ownlist_issuer', 'ownlist_api', 'ownlist_guard'];
    const end = "insert into guard.revocations (session_id, until) values ('a', 1)";
    expect(await outcomes('select from guard.revocations', sides)).toEqual(['ran', 'ran', 'ran']);
    expect(await outcomes(end, sides)).toEqual(['ran', denied, 'ran']);
    expect(await outcomes('delete from guard.revocations', sides)).toEqual(['ran', denied, 'ran']);
    const forge = 'update guard.revocations set until = 0';
    expect(await outcomes(forge, sides)).toEqual([denied, denied, denied]);
    const counts = 'delete from guard.rate_counts';
    expect(await outcomes(counts, sides)).toEqual([denied, 'ran', 'ran']);
  });

  test('may change no schema, and make none', async () => {
    for (const [schema, role] of [
      ['accounts', 'ownlist_issuer'],
      ['tasks', 'ownlist_api'],
      ['guard', 'ownlist_guard'],
    ] as const) {
      const planted = `create table ${schema}.planted (id text)`;
      expect(await outcomes(planted, [role])).toEqual([denied]);
    }
    expect(await outcomes('create schema planted', ['ownlist_api'])).toEqual([denied]);
  });

  test('are those of the pools, also where one DATABASE_URL owns all', async () => {
    const config = configOf(ownerUrl, 'all');
    const accounts = await openAccounts(config, onError, undefined, async () => undefined);
    const tasks = await openTasks(config, onError);
    const guard = await openGuard(config, onError);
    if (!('query' in accounts.database)) throw new Error('This test is about PostgreSQL.');
    const { rows } = await accounts.database.query('select current_user as name');
    expect(rows).toEqual([{ name: 'ownlist_issuer' }]);
    const asOther = accounts.database.query('select * from tasks.tasks');
    await expect(asOther).rejects.toMatchObject({ code: denied });
    const me = sql<{ name: string }>`select current_user as name`;
    expect((await me.execute(tasks.database)).rows).toEqual([{ name: 'ownlist_api' }]);
    expect((await me.execute(guard.database)).rows).toEqual([{ name: 'ownlist_guard' }]);
    const other = sql`select * from accounts.user`;
    await expect(other.execute(tasks.database)).rejects.toMatchObject({ code: denied });
    await expect(other.execute(guard.database)).rejects.toMatchObject({ code: denied });
    expect([accounts, tasks, guard].flatMap(({ warnings }) => warnings)).toEqual([]);
    for (const { close } of [accounts, tasks, guard]) await close();
  });
});

describe('servers with logins of their own, which own nothing', () => {
  let issuer: RunningServer;
  let api: RunningServer;
  let apiUrl: string;
  afterAll(async () => {
    await issuer?.stop();
    await api?.stop();
  });

  test('serve what their side serves', async () => {
    await prepareDatabase(configOf(ownerUrl, 'all'), () => undefined);
    apiUrl = await loginIn('ownlist_api');
    issuer = await start(await loginIn('ownlist_issuer'), 'issuer');
    api = await start(apiUrl, 'api', undefined, issuer.origin);
    const { cookie } = await signUp(issuer.origin);
    const token = await accessToken(issuer.origin, cookie);
    const made = await request(api.origin, '/api/users/me/tasks', {
      token,
      body: { title: 'A task' },
    });
    expect(made.status).toBe(201);
    const headers = { cookie, origin: issuer.origin };
    const ended = await request(issuer.origin, '/api/auth/sign-out', { body: {}, headers });
    expect(ended.status).toBe(200);
    const listed = () => request(api.origin, '/api/users/me/tasks', { token });
    await expect.poll(async () => (await listed()).status).toBe(401);
  });

  test('have no way out: whatever a taken process of the API says, it is kept from the accounts', async () => {
    const client = new Client({ connectionString: apiUrl });
    await client.connect();
    for (const statement of [
      'select * from accounts.user',
      'reset role; select * from accounts.user',
      'set role ownlist_issuer',
      'set role ownlist',
      'drop table tasks.tasks',
      'alter table tasks.tasks disable row level security',
      'create schema planted',
    ]) {
      await expect(client.query(statement), statement).rejects.toMatchObject({ code: denied });
    }
    await client.end();
  });

  test.each([
    ['api', 'ownlist_issuer', /permission denied.*grant it ownlist_api.*database:prepare/s],
    ['issuer', 'ownlist_api', /permission denied.*grant it ownlist_issuer.*database:prepare/s],
  ])(
    'a login of the other side does not start as ROLE=%s, and is told why',
    async (role, other, words) => {
      await expect(start(await loginIn(other), role)).rejects.toThrow(words);
    },
  );

  test('do not start on a schema that is not as this version needs it, and say who can help', async () => {
    const emptyUrl = new URL(await createDatabase(postgres.adminUrl));
    const login = new URL(await loginIn('ownlist_api'));
    login.pathname = emptyUrl.pathname;
    await expect(start(login.href, 'api')).rejects.toThrow(/permission denied.*database:prepare/s);

    await admin.query("delete from tasks.kysely_migration where name like '0003%'");
    await expect(start(apiUrl, 'api')).rejects.toThrow(
      /the schema tasks has no 0003-idempotency-keys yet.*database:prepare/,
    );
  });
});

test('the owner is told where the database keeps the sides apart by nothing', async () => {
  const name = `owner_${randomBytes(8).toString('hex')}`;
  await admin.query(`create role ${name} login password 'secret'`);
  await admin.query(`create database ${name} owner ${name}`);
  const url = new URL(ownerUrl);
  Object.assign(url, { username: name, password: 'secret', pathname: `/${name}` });
  const server = await start(url.href, 'all');
  await server.stop();
  expect(server.output()).toMatch(/can neither make nor take ownlist_api.*create role ownlist_api/);
  await expect(prepareDatabase(configOf(url.href, 'all'), () => undefined)).rejects.toThrow(
    /can neither make nor take ownlist_api/,
  );
});
