import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessToken, request, signIn, type User } from '../support/client.ts';
import { operate } from '../support/operator.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

/** More than are moved at once, so that there is a middle. */
const tasks = 1_500;
const clients = 16;
const titles = [
  'Water the plants',
  'Ölwechsel 🛢️',
  '買い物',
  'a\\b"c\nd\u2028e',
  "'; drop table tasks --",
];
/** What the command says when it is killed, one run after another. */
const moments = [/accounts\.user: 0 of/, /tasks\.owners: \d/, /tasks\.tasks: 1000 of/];
/** Several servers and commands run one after another. */
const timeoutMs = 300_000;

let folder: string;
let dataDir: string;
let postgres: Postgres;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ownlist-move-'));
  dataDir = path.join(folder, 'data');
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const begin = (databaseUrl: string) =>
  operate(['migrate', '--from', 'sqlite', '--to', 'postgres'], {
    cwd: folder,
    env: { DATA_DIR: dataDir, DATABASE_URL: databaseUrl },
  });

test(
  'an installation moves to PostgreSQL whole, however often it is killed on the way, and the files are only read',
  async () => {
    // The secret is the one of the data folder, as most people have it.
    const env = { BETTER_AUTH_SECRET: undefined, ACCESS_TOKEN_LIFETIME: '3600' };
    const server = await startServer({ dataDir, env });
    const { origin, port } = server;
    const users = [await newUser(origin), await newUser(origin), await newUser(origin)];
    const keyed = await use(origin, users);
    const before = await Promise.all(users.map((user) => everythingOf(origin, user.token)));
    await server.stop();
    const files = sums();

    const databaseUrl = await postgres.createDatabase();
    for (const moment of moments) {
      const move = begin(databaseUrl);
      await move.said(moment);
      move.kill();
      expect((await move.ended).code).toBeNull();
    }
    await expect(startServer({ dataDir, env, store: { databaseUrl } })).rejects.toThrow(
      /in the middle of a move.*npm run migrate -- --from sqlite --to postgres/,
    );
    const { code, stdout, stderr } = await begin(databaseUrl).ended;
    expect([code, stderr]).toEqual([0, '']);
    // It goes on behind what had arrived.
    expect(stdout).toMatch(/^tasks\.tasks: 1\d{3} of \d+$/m);
    expect(stdout).not.toMatch(/^tasks\.tasks: 0 of/m);
    expect(sums()).toEqual(files);
    expect(await begin(databaseUrl).ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The database holds data in its schema accounts'),
    });

    const moved = await startServer({ dataDir, env, port, store: { databaseUrl } });
    for (const [index, user] of users.entries()) {
      // The sessions and their tokens have not ended.
      expect(await everythingOf(origin, user.token)).toEqual(before[index]);
      const { cookie } = await signIn(origin, user);
      expect(await everythingOf(origin, await accessToken(origin, cookie))).toEqual(before[index]);
      expect(await accessToken(origin, user.cookie)).toEqual(expect.any(String));
    }
    const { user, sending, answer } = keyed;
    const again = await request(origin, '/api/users/me/tasks', { token: user.token, ...sending });
    expect([again.status, again.text]).toEqual([201, answer]);
    const created = await request(origin, '/api/users/me/tasks', {
      token: user.token,
      body: { title: 'On PostgreSQL' },
    });
    expect(created.status).toBe(201);
    // Its sessions end there, too: numbers go on behind those that were moved.
    const headers = { origin, cookie: user.cookie };
    const out = await request(origin, '/api/auth/sign-out', { body: {}, headers });
    expect(out.status).toBe(200);
    await moved.stop();
  },
  timeoutMs,
);

/** A life: tasks are created, changed, completed and deleted, and one of them with a key. */
async function use(origin: string, users: User[]) {
  let n = 0;
  const client = async () => {
    while (n < tasks) {
      const number = n++;
      const { token } = users[number % 7 === 0 ? 1 : number % 11 === 0 ? 2 : 0] as User;
      const body = {
        title: `${titles[number % titles.length]} ${number}`,
        description: number % 3 === 0 ? `About ${number}` : '',
      };
      const { status, json } = await request(origin, '/api/users/me/tasks', { token, body });
      expect(status).toBe(201);
      const task = `/api/users/me/tasks/${json.id}`;
      if (number % 5 === 0)
        await request(origin, task, { method: 'PATCH', token, body: { completed: true } });
      if (number % 50 === 0) await request(origin, task, { method: 'DELETE', token });
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const user = users[2] as User;
  const sending = { body: { title: 'Once' }, headers: { 'idempotency-key': 'key-1' } };
  const first = await request(origin, '/api/users/me/tasks', { token: user.token, ...sending });
  // A session that has ended is told to the guard store.
  const { cookie } = await signIn(origin, user);
  await request(origin, '/api/auth/sign-out', { body: {}, headers: { origin, cookie } });
  return { user, sending, answer: first.text };
}

/** Every byte that the API shows of a user's tasks, with the tags of lists and of some tasks. */
async function everythingOf(origin: string, token: string) {
  const seen: unknown[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: string = `/api/users/me/tasks?limit=200${cursor && `&cursor=${cursor}`}`;
    const { json, headers } = await request(origin, page, { token });
    const one = await request(origin, `/api/users/me/tasks/${json.data[0].id}`, { token });
    seen.push(JSON.stringify(json.data), headers.get('etag'), one.text, one.headers.get('etag'));
    cursor = json.nextCursor;
  }
  const found = await request(origin, '/api/users/me/tasks?q=plants&limit=200', { token });
  expect(found.json.data.length).toBeGreaterThan(0);
  seen.push(JSON.stringify(found.json.data));
  return seen;
}

const sums = () =>
  ['accounts.db', 'guard.db', 'tasks.db'].map((name) =>
    createHash('sha256')
      .update(readFileSync(path.join(dataDir, name)))
      .digest('hex'),
  );

test('a move is refused while a server uses the files, into a database that holds other data, and without one', async () => {
  const databaseUrl = await postgres.createDatabase();
  const server = await startServer({ dataDir });
  expect(await begin(databaseUrl).ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is in use. Stop the server'),
  });
  await server.stop();
  const other = await startServer({ store: { databaseUrl } });
  await newUser(other.origin);
  await other.stop();
  expect(await begin(databaseUrl).ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The database holds data in its schema accounts'),
  });
  expect(await begin('').ended).toMatchObject({
    code: 1,
    stderr: 'Set DATABASE_URL to the PostgreSQL database to move into.\n',
  });
});
