import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accessToken, request, signIn } from '../support/client.ts';
import { operate } from '../support/operator.ts';
import { startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

const pageBytes = 4096;

let folder: string;
let dataDir: string;
let backup: string;
let task: string;
let user: Awaited<ReturnType<typeof newUser>>;
const secret = 'an8Geiphoos5aeXaingaeD2eequohwa1Ieth9';
const env = { BETTER_AUTH_SECRET: secret };

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ownlist-damaged-'));
  dataDir = path.join(folder, 'data');
  const server = await startServer({ dataDir, env });
  user = await newUser(server.origin);
  const { json } = await request(server.origin, '/api/users/me/tasks', {
    token: user.token,
    body: { title: 'Water the plants' },
  });
  task = `/api/users/me/tasks/${json.id}`;
  await server.stop();
  const { stdout } = await operate(['backup'], { cwd: folder, env: { DATA_DIR: dataDir } }).ended;
  backup = stdout.slice(0, stdout.indexOf(' ('));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => restore());

/** Whole stores, in the place of those that a test has damaged. */
async function restore() {
  const args = ['restore', backup, '--yes'];
  const { code } = await operate(args, { cwd: folder, env: { DATA_DIR: dataDir } }).ended;
  expect(code).toBe(0);
}

const damages: Record<string, (content: Buffer) => Buffer> = {
  'without its header': (content) => content.fill(0, 0, 100),
  'with a damaged first page': (content) => content.fill(0x5a, 100, pageBytes),
  'with a damaged page in the middle': (content) =>
    content.fill(0x5a, 3 * pageBytes, 4 * pageBytes),
  'cut off in the middle': (content) => content.subarray(0, content.length / 2),
  'of another kind': () => Buffer.from('this is a text, and long enough to be one\n'.repeat(200)),
};

const cases = [
  ...Object.keys(damages).map((damage) => ['tasks.db', damage] as const),
  ['accounts.db', 'with a damaged page in the middle'],
  ['guard.db', 'with a damaged page in the middle'],
] as const;

test.each(cases)(
  'a server does not start on a %s %s, and names the command that helps',
  async (store, damage) => {
    const file = path.join(dataDir, store);
    writeFileSync(file, damages[damage]?.(readFileSync(file)) ?? '');
    await expect(startServer({ dataDir, env })).rejects.toThrow(
      new RegExp(`The store .*${store} is damaged .*: npm run restore -- BACKUP --yes`),
    );
  },
);

test('damage that is met while the server runs is a 503, and the log names the command that helps', async () => {
  const server = await startServer({ dataDir, env });
  const token = await accessToken(server.origin, (await signIn(server.origin, user)).cookie);
  expect((await request(server.origin, '/readyz')).status).toBe(200);

  const file = path.join(dataDir, 'tasks.db');
  const another = new DatabaseSync(file);
  const root = another.prepare("select rootpage from sqlite_schema where name = 'tasks'").get();
  const handle = await open(file, 'r+');
  const offset = (Number(root?.['rootpage']) - 1) * pageBytes;
  await handle.write(Buffer.alloc(pageBytes, 0x5a), 0, pageBytes, offset);
  await handle.close();
  // Another's commit makes the server read the pages anew.
  another.exec("insert into owners (user_id, version) values ('nobody', 1)");
  another.close();

  const { status, json, headers } = await request(server.origin, task, { token });
  expect([status, json.code]).toEqual([503, 'unavailable']);
  expect(headers.has('retry-after')).toBe(true);
  await expect.poll(server.output).toContain('npm run restore -- BACKUP --yes');
  expect((await request(server.origin, '/livez')).status).toBe(200);
  await server.kill();
  await restore();
  const again = await startServer({ dataDir, env, port: server.port });
  const { cookie } = await signIn(again.origin, user);
  const answer = await request(again.origin, '/api/users/me/tasks', {
    token: await accessToken(again.origin, cookie),
  });
  expect(answer.json.data).toHaveLength(1);
  await again.stop();
});
