import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accessToken, cookieHeader, request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

let dataDir: string;
let server: RunningServer | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'ownlist-rotation-'));
});
afterEach(async () => {
  await server?.stop();
  rmSync(dataDir, { recursive: true });
});

const newSecret = () => randomBytes(32).toString('base64url');

/** Restarts the server on the same data and address, with other secrets. */
async function startWith(env: Record<string, string | undefined>): Promise<RunningServer> {
  const port = server?.port;
  await server?.stop();
  server = await startServer({
    dataDir,
    ...(port && { port }),
    env: { BETTER_AUTH_SECRET: undefined, ...env },
  });
  return server;
}

const listTasks = (origin: string, token: string) =>
  request(origin, '/api/users/me/tasks', { token });
const askForToken = (origin: string, cookie: string) =>
  request(origin, '/api/auth/token', { headers: { cookie } });

describe('with the old secret listed behind the new one', () => {
  const [old, fresh] = [newSecret(), newSecret()];
  let user: User;

  beforeEach(async () => {
    const { origin } = await startWith({ BETTER_AUTH_SECRETS: `1:${old}` });
    user = await newUser(origin);
    await startWith({ BETTER_AUTH_SECRETS: `2:${fresh},1:${old}` });
  });

  test('access tokens go on working, and new ones name the new secret', async () => {
    const origin = server?.origin ?? '';
    expect(decodeProtectedHeader(user.token).kid).toBe('1');
    expect((await listTasks(origin, user.token)).status).toBe(200);
    const token = await accessToken(origin, user.cookie);
    expect(decodeProtectedHeader(token).kid).toBe('2');
    expect((await listTasks(origin, token)).status).toBe(200);
  });

  test('sessions go on, and their cookies move to the new secret at the first use', async () => {
    const moved = await askForToken(server?.origin ?? '', user.cookie);
    expect(moved.status).toBe(200);
    const [line = '', ...others] = moved.headers.getSetCookie();
    expect(others).toEqual([]);
    expect(line).toMatch(
      /^ownlist\.session_token=[^;]+; Max-Age=\d+; Path=\/api\/auth; HttpOnly; SameSite=Strict$/,
    );
    const { origin } = await startWith({ BETTER_AUTH_SECRETS: `2:${fresh}` });
    expect((await askForToken(origin, cookieHeader(moved.headers))).status).toBe(200);
  });

  test('a cookie that was moved is not moved again', async () => {
    const origin = server?.origin ?? '';
    const cookie = cookieHeader((await askForToken(origin, user.cookie)).headers);
    expect((await askForToken(origin, cookie)).headers.getSetCookie()).toEqual([]);
  });

  test('signing out with a cookie of the old secret signs out', async () => {
    const origin = server?.origin ?? '';
    const signedOut = await request(origin, '/api/auth/sign-out', {
      body: {},
      headers: { origin, cookie: user.cookie },
    });
    expect(signedOut.status).toBe(200);
    expect(signedOut.headers.getSetCookie().join()).not.toContain(user.cookie.slice(-20));
    expect((await askForToken(origin, user.cookie)).status).toBe(401);
  });

  test('once the old one is dropped, its cookies and tokens are dead at once', async () => {
    const { origin } = await startWith({ BETTER_AUTH_SECRETS: `2:${fresh}` });
    expect((await listTasks(origin, user.token)).json.code).toBe('token_invalid');
    expect((await askForToken(origin, user.cookie)).status).toBe(401);
  });
});

describe('the generated secret', () => {
  const rotate = (args: string[] = [], env = {}) =>
    spawnSync('npm', ['run', '--silent', 'secret:rotate', '--', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir, ...env },
    });

  test('is rotated by a command, and nobody is signed out; with --drop-retired everybody is', async () => {
    const { origin } = await startWith({});
    const user = await newUser(origin);
    const first = readFileSync(join(dataDir, 'secret'), 'utf8').trim();

    expect(rotate().stderr).toContain('version 2');
    const kept = readFileSync(join(dataDir, 'secret'), 'utf8');
    expect(kept).toMatch(/^2:[\w-]{43},1:[\w-]{43}\n$/);
    expect(first.endsWith(kept.trim().slice(-43))).toBe(true);
    expect(statSync(join(dataDir, 'secret')).mode & 0o777).toBe(0o600);
    await startWith({});
    expect((await listTasks(origin, user.token)).status).toBe(200);
    expect((await askForToken(origin, user.cookie)).status).toBe(200);

    expect(rotate(['--drop-retired']).stderr).toContain('everybody has to sign in again');
    expect(readFileSync(join(dataDir, 'secret'), 'utf8')).toMatch(/^3:[\w-]{43}\n$/);
    await startWith({});
    expect((await listTasks(origin, user.token)).status).toBe(401);
    expect((await askForToken(origin, user.cookie)).status).toBe(401);
  });

  test('is not touched where the settings have the secret, and the command says what to do', () => {
    const { status, stderr } = rotate([], { BETTER_AUTH_SECRET: newSecret() });
    expect(status).toBe(1);
    expect(stderr).toContain('BETTER_AUTH_SECRETS');
  });
});
