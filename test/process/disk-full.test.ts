import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Answer, accessToken, request, signIn } from '../support/client.ts';
import { operate } from '../support/operator.ts';
import { startServer } from '../support/server.ts';
import { type SmallDisk, smallDisk } from '../support/small-disk.ts';
import { newUser } from '../support/users.ts';

const writers = 8;
const megabyte = 1024 * 1024;

let disk: SmallDisk;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ownlist-full-'));
});
afterEach(async () => {
  await disk.remove();
  rmSync(folder, { recursive: true });
});

test('on a full disk reads go on and writes are refused, nothing is lost or half done, and all is well again when there is room', async () => {
  disk = await smallDisk(16 * megabyte);
  const dataDir = path.join(disk.folder, 'data');
  const server = await startServer({ dataDir, within: disk.within });
  const { origin } = server;
  const user = await newUser(origin);
  const { token } = user;
  const acknowledged: string[] = [];
  const refused: string[] = [];
  const create = async (title: string): Promise<Answer> => {
    const body = { title, description: 'x'.repeat(1_000) };
    const answer = await request(origin, '/api/users/me/tasks', { token, body });
    (answer.status === 201 ? acknowledged : refused).push(title);
    return answer;
  };
  const first = await create('the first');
  const task = `/api/users/me/tasks/${first.json.id}`;

  disk.fill();
  const answers = await Promise.all(
    Array.from({ length: writers }, (_, name) => writeUntilRefused(name)),
  );
  async function writeUntilRefused(name: number): Promise<Answer> {
    for (let n = 0; ; n++) {
      const answer = await create(`writer ${name}, task ${n}`);
      if (answer.status !== 201) return answer;
    }
  }
  const inFull = [
    ...answers,
    await request(origin, task, { token, method: 'PATCH', body: { completed: true } }),
    await request(origin, task, { token, method: 'DELETE' }),
    await attemptUntilRefused('/sign-in/email', user),
    await attemptUntilRefused('/sign-up/email', {
      name: 'B',
      email: 'b@example.com',
      password: 'long enough',
    }),
  ];
  /** What was freed in the log of a store may take a few more. */
  async function attemptUntilRefused(name: string, body: object): Promise<Answer> {
    for (;;) {
      const headers = { origin };
      const answer = await request(origin, `/api/auth${name}`, { body, headers });
      if (answer.status !== 200) return answer;
    }
  }
  for (const { status, headers, json } of inFull) {
    expect([status, json.code]).toEqual([503, 'storage_full']);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const readsGoOn = [task, '/api/users/me/tasks', '/readyz'];
  for (const address of readsGoOn) {
    expect((await request(origin, address, { token })).status, address).toBe(200);
  }
  expect(await accessToken(origin, user.cookie)).toEqual(expect.any(String));

  disk.free();
  expect((await create('there is room')).status).toBe(201);
  await signIn(origin, user);
  const stored = await everyTitle(origin, token);
  expect(acknowledged.filter((title) => !stored.has(title))).toEqual([]);
  expect(refused.filter((title) => stored.has(title))).toEqual([]);
  await server.stop();
  cpSync(path.join(disk.outside, 'data'), folder, { recursive: true });
  for (const name of ['accounts.db', 'guard.db', 'tasks.db']) {
    const database = new DatabaseSync(path.join(folder, name));
    expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  }
});

async function everyTitle(origin: string, token: string): Promise<Set<string>> {
  const titles = new Set<string>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: string = `/api/users/me/tasks?limit=200${cursor && `&cursor=${cursor}`}`;
    const { json } = await request(origin, page, { token });
    for (const { title } of json.data) titles.add(title);
    cursor = json.nextCursor;
  }
  return titles;
}

test('a backup or a restore that has no room says so, and leaves nothing behind', async () => {
  disk = await smallDisk(128 * 1024);
  const dataDir = path.join(folder, 'data');
  const server = await startServer({ dataDir });
  await newUser(server.origin);
  await server.stop();
  const run = (...args: string[]) =>
    operate(args, { cwd: folder, env: { DATA_DIR: dataDir }, within: disk.within }).ended;

  expect(await run('backup', disk.folder)).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^There is no room for a backup in /),
  });
  expect(readdirSync(disk.outside)).toEqual([]);

  const { stdout } = await run('backup', path.join(folder, 'backups'));
  const into = path.join(disk.folder, 'data');
  const backup = stdout.slice(0, stdout.indexOf(' ('));
  expect(await run('restore', backup, '--into', into)).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^There is no room to restore into .* Nothing was replaced/),
  });
  expect(readdirSync(path.join(disk.outside, 'data'))).toEqual(['lock']);
});
