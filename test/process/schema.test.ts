import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Account,
  accessToken,
  type RequestOptions,
  request,
  signIn,
  signUp,
} from '../support/client.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type ServerOptions, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

/** What a newer version would leave behind, and what is said of it. */
const newer = [
  ['accounts', 'alter table "user" add column nickname text', 'user.nickname'],
  ['guard', `insert into kysely_migration values ('0999-later', '')`, '0999-later'],
  ['tasks', `insert into kysely_migration values ('0999-later', '')`, '0999-later'],
] as const;
/** What a newer version may do to each store while this one serves: it adds, and takes nothing away. */
const expansions = [
  ['accounts', 'alter table "user" add column nickname text'],
  ['accounts', 'alter table session add column device text'],
  ['accounts', 'alter table account add column note text'],
  ['accounts', 'alter table verification add column note text'],
  ['guard', 'alter table revocations add column reason text'],
  ['guard', "alter table rate_counts add column note text default ''"],
  ['tasks', 'alter table tasks add column due_at integer'],
  ['tasks', 'create index tasks_due on tasks (user_id, due_at)'],
  ['tasks', "alter table owners add column settings text not null default ''"],
  ['tasks', 'alter table idempotency_keys add column note text'],
  ['tasks', 'create table labels (user_id text not null, name text not null)'],
  ['tasks', `insert into kysely_migration values ('0999-later', '')`],
] as const;
const starters = 3;

let folder: string;
let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ownlist-schema-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['SQLite', 'PostgreSQL'] as const)('on %s', (kind) => {
  let options: ServerOptions;
  let change: (store: string, statement: string) => Promise<void>;
  beforeEach(async () => {
    const databaseUrl = kind === 'PostgreSQL' ? await postgres.createDatabase() : undefined;
    options = {
      dataDir: folder,
      ...(databaseUrl !== undefined && { store: { databaseUrl } }),
      env: { BETTER_AUTH_SECRET: 'an8Geiphoos5aeXaingaeD2eequohwa1Ieth9' },
    };
    change = (store, statement) =>
      databaseUrl === undefined
        ? changeFile(path.join(folder, `${store}.db`), statement)
        : changeSchema(databaseUrl, store, statement);
  });

  test.each(newer)(
    'a start on a newer schema of the %s store is refused, and says so',
    async (store, statement, found) => {
      await (await startServer(options)).stop();
      await change(store, statement);
      await expect(startServer(options)).rejects.toThrow(
        `cannot be used: it has ${found}, made by a newer version of Ownlist`,
      );
    },
  );

  test('a server goes on serving while a newer version brings its stores further', async () => {
    const server = await startServer({ ...options, env: { ...options.env, RATE_LIMIT: 'on' } });
    const { origin } = server;
    const account = await signUp(origin);
    // As many as the limits on requests, which are kept in a store too, let through.
    const severalAtOnce = () => Promise.all([1, 2, 3, 4, 5].map(() => workOn(origin, account)));
    // Every connection and statement has seen the schema as it was.
    await severalAtOnce();
    await endSession(origin, await signIn(origin, account));
    for (const [store, statement] of expansions) {
      await Promise.all([workOn(origin, account), change(store, statement)]);
    }
    await severalAtOnce();
    await endSession(origin, await signIn(origin, account));
    expect(server.output()).not.toMatch(/"level":[56]0/);
    await server.stop();
  });

  test(`${starters} servers that start at the same moment on empty stores all become ready`, async () => {
    const servers = await Promise.all(Array.from({ length: starters }, () => startServer(options)));
    for (const { origin } of servers) await newUser(origin);
    await Promise.all(servers.map((server) => server.stop()));
  });
});

/** All that somebody does with their tasks, with a token of their session: each of it succeeds. */
async function workOn(origin: string, { cookie }: Account): Promise<void> {
  const token = await accessToken(origin, cookie);
  const tasks = '/api/users/me/tasks';
  const send = async (status: number, path: string, options: RequestOptions = {}) => {
    const answer = await request(origin, path, { token, ...options });
    expect(answer, answer.text).toMatchObject({ status });
    return answer;
  };
  const create = { body: { title: 'Buy milk' }, headers: { 'idempotency-key': randomUUID() } };
  const { json, headers } = await send(201, tasks, create);
  expect((await send(201, tasks, create)).json).toEqual(json);
  await send(200, tasks);
  await send(200, `${tasks}?status=open&q=milk`);
  await send(200, `${tasks}/${json.id}`);
  const ifMatch = { 'if-match': headers.get('etag') ?? '' };
  const patch = { method: 'PATCH', headers: ifMatch, body: { completed: true } };
  await send(200, `${tasks}/${json.id}`, patch);
  await send(200, `${tasks}?status=completed`);
  await send(204, `${tasks}/${json.id}`, { method: 'DELETE' });
}

/** After which a token of the session is refused. */
async function endSession(origin: string, { cookie }: { cookie: string }): Promise<void> {
  const token = await accessToken(origin, cookie);
  const list = async () => (await request(origin, '/api/users/me/tasks', { token })).status;
  expect(await list()).toBe(200);
  const signOut = { method: 'POST', headers: { cookie, origin } };
  expect((await request(origin, '/api/auth/sign-out', signOut)).status).toBe(200);
  expect(await list()).toBe(401);
}

async function changeFile(file: string, statement: string): Promise<void> {
  const database = new DatabaseSync(file);
  database.exec(statement);
  database.close();
}

async function changeSchema(url: string, schema: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, options: `-c search_path=${schema}` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
