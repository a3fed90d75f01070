import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accessToken, request, signIn, signUp } from '../support/client.ts';
import { type Ended, operate } from '../support/operator.ts';
import { startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ownlist-backup-'));
  dataDir = path.join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<Ended> =>
  operate(args, { cwd: folder, env: { DATA_DIR: dataDir } }).ended;

/** Takes a backup, and returns where it is. */
async function backUp(): Promise<string> {
  const { code, stdout, stderr } = await run('backup');
  expect([code, stderr]).toEqual([0, '']);
  return stdout.slice(0, stdout.indexOf(' ('));
}

const rowsOf = (file: string, query: string) => {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(query).all();
  } finally {
    database.close();
  }
};

/** A data folder that a server has used and left. */
async function usedFolder() {
  const server = await startServer({ dataDir });
  const user = await newUser(server.origin);
  const { json } = await request(server.origin, '/api/users/me/tasks', {
    token: user.token,
    body: { title: 'Water the plants' },
  });
  await server.stop();
  return { user, task: json, port: server.port, secret: server.secret };
}

const loads = 4;
const acknowledgedBefore = 60;

test('a backup that is taken while everybody writes has all that was acknowledged before it, and a restore of it brings back no session', async () => {
  const server = await startServer({ dataDir });
  const { origin, port, secret } = server;
  const ann = await newUser(origin);
  const left = await signIn(origin, ann);
  const leftToken = await accessToken(origin, left.cookie);

  const acknowledged = new Map<string, string>();
  let isOver = false;
  let told: (() => void) | undefined;
  const writer = async (name: number) => {
    for (let n = 0; !isOver; n++) {
      // Accounts come and tasks are theirs at once: in both stores, or in none.
      const user = n % 10 === 0 ? await newUser(origin) : ann;
      const title = `writer ${name}, task ${n}`;
      const { token } = user;
      const answer = await request(origin, '/api/users/me/tasks', { token, body: { title } });
      expect(answer.status).toBe(201);
      if (user === ann) acknowledged.set(answer.json.id, title);
      if (acknowledged.size >= acknowledgedBefore) told?.();
    }
  };
  const enough = new Promise<void>((resolve) => {
    told = resolve;
  });
  const writing = Promise.all(Array.from({ length: loads }, (_, name) => writer(name)));
  await Promise.race([enough, writing]);
  const before = new Map(acknowledged);
  const backup = await backUp();
  expect(acknowledged.size).toBeGreaterThan(before.size);

  // What happens from here on is lost with the folder.
  await request(origin, '/api/auth/sign-out', {
    body: {},
    headers: { origin, cookie: left.cookie },
  });
  isOver = true;
  await writing;
  await server.kill();
  rmSync(dataDir, { recursive: true });

  const accounts = rowsOf(path.join(backup, 'accounts.db'), 'select id from "user"');
  const ids = new Set(accounts.map(({ id }) => id));
  const owners = rowsOf(path.join(backup, 'tasks.db'), 'select user_id from owners');
  expect(owners.filter(({ user_id }) => !ids.has(user_id))).toEqual([]);
  expect(owners.length).toBeGreaterThan(1);

  const { code, stdout, stderr } = await run('restore', backup);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Everybody has to sign in again.');

  const again = await startServer({ dataDir, port, env: { BETTER_AUTH_SECRET: secret } });
  for (const { cookie } of [ann, left]) {
    const answer = await request(origin, '/api/auth/token', { headers: { cookie } });
    expect(answer.status).toBe(401);
  }
  for (const token of [ann.token, leftToken]) {
    const answer = await request(origin, '/api/users/me/tasks', { token });
    expect([answer.status, answer.json.code]).toEqual([401, 'token_revoked']);
  }
  const token = await accessToken(origin, (await signIn(origin, ann)).cookie);
  const stored = await everyTask(origin, token);
  expect([...before].filter(([id, title]) => stored.get(id) !== title)).toEqual([]);
  const created = await request(origin, '/api/users/me/tasks', { token, body: { title: 'On' } });
  expect(created.status).toBe(201);
  await again.stop();
});

async function everyTask(origin: string, token: string): Promise<Map<string, string>> {
  const tasks = new Map<string, string>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: string = `/api/users/me/tasks?limit=200${cursor && `&cursor=${cursor}`}`;
    const { json } = await request(origin, page, { token });
    for (const { id, title } of json.data) tasks.set(id, title);
    cursor = json.nextCursor;
  }
  return tasks;
}

test('a backup can be read by its owner alone, and has neither a session nor the secret nor what was deleted', async () => {
  const server = await startServer({ dataDir, env: { BETTER_AUTH_SECRET: undefined } });
  const { cookie, token } = await newUser(server.origin);
  const { json } = await request(server.origin, '/api/users/me/tasks', {
    token,
    body: { title: 'canary title' },
  });
  await request(server.origin, `/api/users/me/tasks/${json.id}`, { method: 'DELETE', token });
  const backup = await backUp();
  await server.stop();

  expect(readdirSync(backup).sort()).toEqual([
    'accounts.db',
    'guard.db',
    'manifest.json',
    'tasks.db',
  ]);
  expect(statSync(backup).mode & 0o777).toBe(0o700);
  const session = decodeURIComponent(/session_token=([^.;]+)/.exec(cookie)?.[1] ?? 'missing');
  const secret = readFileSync(path.join(dataDir, 'secret'), 'utf8').trim().slice(2);
  for (const name of readdirSync(backup)) {
    expect(statSync(path.join(backup, name)).mode & 0o777, name).toBe(0o600);
    const content = readFileSync(path.join(backup, name), 'latin1');
    for (const text of [session, secret, 'canary title']) expect(content).not.toContain(text);
  }
});

describe('a restore is refused, and changes nothing,', () => {
  const files = () =>
    (existsSync(dataDir) ? readdirSync(dataDir) : [])
      .filter((name) => name !== 'lock')
      .map((name) => [name, readFileSync(path.join(dataDir, name), 'base64')]);
  const expectRefused = async (message: RegExp, ...args: string[]) => {
    const before = files();
    const { code, stdout, stderr } = await run('restore', ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(files()).toEqual(before);
  };

  test('while a server runs on the folder, also with --yes', async () => {
    await usedFolder();
    const backup = await backUp();
    const server = await startServer({ dataDir });
    const { code, stderr } = await run('restore', backup, '--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('is in use. Stop the server')]);
    await newUser(server.origin);
    await server.stop();
  });

  test('where there are stores and nobody said --yes', async () => {
    await usedFolder();
    await expectRefused(/has stores.*add --yes/, await backUp());
  });

  test('from what is not a backup, or was not finished', async () => {
    mkdirSync(path.join(folder, 'half.partial'));
    await expectRefused(
      /There is no backup in .*manifest\.json/,
      path.join(folder, 'half.partial'),
    );
    writeFileSync(path.join(folder, 'half.partial', 'manifest.json'), '{"format":2}');
    await expectRefused(/is not a manifest that/, path.join(folder, 'half.partial'));
  });

  test.each(['accounts.db', 'guard.db', 'tasks.db'])(
    'from a backup whose %s is not what it was',
    async (name) => {
      await usedFolder();
      const file = path.join(await backUp(), name);
      const whole = readFileSync(file);
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(whole.length - 1) ^ 1, whole.length - 1);
      writeFileSync(file, changed);
      await expectRefused(/The backup is damaged: .*SHA-256/, path.dirname(file), '--yes');
      truncateSync(file, whole.length / 2);
      await expectRefused(/The backup is damaged/, path.dirname(file), '--yes');
      rmSync(file);
      await expectRefused(/could not be restored .*no such file/, path.dirname(file), '--yes');
    },
  );

  test.each([
    ['accounts.db', 'alter table "user" add column nickname text', 'user.nickname'],
    ['guard.db', "insert into kysely_migration values ('0999-later', '')", '0999-later'],
    ['tasks.db', "insert into kysely_migration values ('0999-later', '')", '0999-later'],
  ])('from a backup of a newer version, known by its %s', async (name, change, found) => {
    await usedFolder();
    const database = new DatabaseSync(path.join(dataDir, name));
    database.exec(change);
    database.close();
    const backup = await backUp();
    await expectRefused(
      new RegExp(`${name} cannot be used: it has ${found}, made by a newer`),
      backup,
      '--yes',
    );
  });
});

test('--yes puts the stores that are there aside, whole', async () => {
  const { user, task, port, secret } = await usedFolder();
  const backup = await backUp();
  const later = await startServer({ dataDir });
  await signUp(later.origin, { email: 'later@example.com' });
  await later.kill(); // What was written last is in the log beside the file.
  const { code, stdout } = await run('restore', backup, '--yes');
  expect(code).toBe(0);
  const aside = /before are in (.*)\.\n/.exec(stdout)?.[1] ?? 'nowhere';
  const query = "select 1 from user where email = 'later@example.com'";
  expect(rowsOf(path.join(aside, 'accounts.db'), query)).toHaveLength(1);
  expect(rowsOf(path.join(dataDir, 'accounts.db'), query)).toHaveLength(0);
  const server = await startServer({ dataDir, port, env: { BETTER_AUTH_SECRET: secret } });
  const token = await accessToken(server.origin, (await signIn(server.origin, user)).cookie);
  const { json } = await request(server.origin, `/api/users/me/tasks/${task.id}`, { token });
  expect(json).toEqual(task);
  await server.stop();
});

// The first three put the stores out of the way, the others put the new ones in their place.
test.each([1, 4, 6])(
  'a restore that is killed before its rename %i leaves a folder that no server starts on, and the same restore again finishes it',
  async (rename) => {
    const { user } = await usedFolder();
    const backup = await backUp();
    const killAt = path.resolve(import.meta.dirname, '../support/kill-at-rename.ts');
    const env = { NODE_OPTIONS: `--import=${killAt}`, KILL_AT_RENAME: String(rename) };
    const killed = operate(['restore', backup, '--yes'], {
      cwd: folder,
      env: { DATA_DIR: dataDir, ...env },
    });
    expect((await killed.ended).code).toBeNull();
    await expect(startServer({ dataDir })).rejects.toThrow(
      /A restore into the data folder .* was interrupted.*npm run restore again/,
    );
    expect((await run('restore', backup)).code).toBe(0);
    const server = await startServer({ dataDir });
    await signIn(server.origin, user);
    await server.stop();
    expect(existsSync(path.join(dataDir, 'restore.partial'))).toBe(false);
  },
);

test('a backup is refused where there are no stores, and where they are in PostgreSQL', async () => {
  expect(await run('backup')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no stores/),
  });
  expect(existsSync(path.join(folder, 'backups'))).toBe(false);
  const env = { DATABASE_URL: 'postgres://me@localhost/db' };
  const { code, stderr } = await operate(['backup'], { cwd: folder, env }).ended;
  expect([code, stderr]).toEqual([1, expect.stringContaining('pg_dump')]);
});

test('a store that is damaged gives no backup, and leaves nothing behind', async () => {
  await usedFolder();
  const file = path.join(dataDir, 'tasks.db');
  const content = readFileSync(file);
  content.fill(0x5a, 4096 * 3, 4096 * 4);
  writeFileSync(file, content);
  const { code, stderr } = await run('backup');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/damaged.*npm run restore/)]);
  expect(readdirSync(path.join(folder, 'backups'))).toEqual([]);
});
