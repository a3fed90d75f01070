import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accessToken, request, signUp } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ownlist-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const main = join(import.meta.dirname, '../../dist/main.js');

/** Starts the server where it cannot start, in an empty folder, and waits for its end. */
function failToStart(env: Record<string, string>, args: string[] = []) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

describe('a start that cannot succeed ends with code 1 and a message that names the remedy', () => {
  test('for wrong settings, all of them at once', async () => {
    const { code, stderr } = await failToStart(
      {
        PORT: 'http',
        RATE_LIMIT: 'no',
        BETTER_AUTH_SECRET: 'change-me-change-me-change-me-change',
      },
      ['--role', 'boss'],
    );
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'The configuration is not valid:',
      expect.stringMatching(/^ {2}- ROLE is "boss": use one of all, issuer, api/),
      expect.stringMatching(/^ {2}- PORT is "http": use a whole number from 1 to 65535/),
      expect.stringMatching(/^ {2}- BETTER_AUTH_SECRET looks like a placeholder.*openssl rand/),
      expect.stringMatching(/^ {2}- RATE_LIMIT is "no": use one of on, off/),
    ]);
  });

  test('for a wrong value in .env', async () => {
    writeFileSync(join(folder, '.env'), 'LOG_LEVEL=loud\n');
    const { code, stderr } = await failToStart({});
    expect(code).toBe(1);
    expect(stderr).toContain('LOG_LEVEL is "loud"');
  });

  test('for a data folder that cannot be made or written', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, stderr } = await failToStart({ DATA_DIR: join(folder, 'file', 'data') });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The data folder .* cannot be written .*Set DATA_DIR/);
  });

  test('for a store that is no database', async () => {
    writeFileSync(
      join(folder, 'tasks.db'),
      'this is not a database, but it is long enough to be one'.repeat(99),
    );
    const { code, stderr } = await failToStart({
      DATA_DIR: folder,
      PORT: String(await freePort()),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The store .*tasks\.db is damaged .*npm run restore/);
  });

  test('for a kept secret that was damaged', async () => {
    writeFileSync(join(folder, 'secret'), 'abc\n');
    const { code, stderr } = await failToStart({ DATA_DIR: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The secret in .* is shorter than 32 bytes/);
  });

  test('for a port that is taken', async () => {
    const taken = createServer().listen(0, 'localhost');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await failToStart({ DATA_DIR: folder, PORT: String(port) });
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Port ${port} is taken by another program. Stop it, or set PORT to a free one.\n`,
    );
  });

  test('for a PostgreSQL that does not answer, without its password', async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await failToStart({
      DATA_DIR: folder,
      DATABASE_URL: `postgres://me:hunter2@localhost:${port}/db`,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^PostgreSQL at localhost:\d+ cannot be used .*ECONNREFUSED.*Check DATABASE_URL/,
    );
    expect(stdout + stderr).not.toContain('hunter2');
  });
});

describe('the generated secret', () => {
  const withoutSecret = { env: { BETTER_AUTH_SECRET: undefined } };

  test('is readable by its owner alone, and so are the stores', async () => {
    const server = await startServer({ ...withoutSecret, dataDir: join(folder, 'data') });
    await newUser(server.origin);
    await server.stop();
    for (const name of ['secret', 'accounts.db', 'tasks.db']) {
      expect(statSync(join(folder, 'data', name)).mode & 0o777, name).toBe(0o600);
    }
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(folder, 'data', 'secret'), 'utf8')).toMatch(/^1:[\w-]{43}\n$/);
  });

  test('is kept: sessions and access tokens outlive a restart', async () => {
    const first = await startServer({ ...withoutSecret, dataDir: folder });
    const { cookie, token } = await newUser(first.origin);
    await first.stop();
    const second = await startServer({ ...withoutSecret, dataDir: folder, port: first.port });
    expect((await request(second.origin, '/api/users/me/tasks', { token })).status).toBe(200);
    expect(await accessToken(second.origin, cookie)).toEqual(expect.any(String));
    await second.stop();
  });

  test('is not made where one is given', async () => {
    const server = await startServer({ dataDir: folder });
    await server.stop();
    expect(existsSync(join(folder, 'secret'))).toBe(false);
  });
});

test('behind https, cookies are Secure and prefixed, and browsers are told to use nothing else', async () => {
  const origin = 'https://tasks.example.org';
  const server = await startServer({ env: { BETTER_AUTH_URL: origin } });
  const body = { name: 'A', email: 'a@example.com', password: 'long enough' };
  const post = (path: string) => request(server.origin, path, { body, headers: { origin } });
  await post('/api/auth/sign-up/email');
  const { headers } = await post('/api/auth/sign-in/email');
  await server.stop();
  expect(headers.getSetCookie().join()).toMatch(
    /^__Secure-ownlist\.session_token=.*; HttpOnly; Secure; SameSite=Strict$/,
  );
  expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
});

test('a public address over plain http is warned about, and so are limits that are off', async () => {
  const server = await startServer({ env: { BETTER_AUTH_URL: 'http://tasks.example.org' } });
  await server.stop();
  expect(server.output()).toMatch(/"level":40.*passwords and tokens cross the network unencrypted/);
  expect(server.output()).toMatch(/"level":40.*RATE_LIMIT is off/);
});

describe('the limit on signing in', () => {
  const attempt = (origin: string, headers: Record<string, string> = {}) =>
    request(origin, '/api/auth/sign-in/email', {
      body: { email: 'a@example.com', password: 'wrong password' },
      headers: { origin, ...headers },
    });

  test('is on by default, says when to come back, and is not led astray by forged headers', async () => {
    const server = await startServer({ env: { RATE_LIMIT: undefined } });
    const answers = [];
    for (let n = 0; n < 6; n++) {
      answers.push(
        await attempt(server.origin, {
          'x-forwarded-for': `203.0.113.${n}`,
          'x-real-ip': `203.0.113.${n}`,
          'x-ownlist-client-address': `203.0.113.${n}`,
        }),
      );
    }
    await server.stop();
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429, 429]);
    const last = answers.at(-1);
    expect(last?.json.code).toBe('rate_limited');
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('survives a restart', async () => {
    const options = { env: { RATE_LIMIT: undefined }, dataDir: folder };
    const first = await startServer(options);
    for (let n = 0; n < 4; n++) await attempt(first.origin);
    await first.stop();
    const second = await startServer({ ...options, port: first.port });
    expect((await attempt(second.origin)).status).toBe(429);
    await second.stop();
  });

  test('counts the clients of a configured proxy apart', async () => {
    const server = await startServer({
      env: { RATE_LIMIT: undefined, TRUSTED_PROXIES: '127.0.0.1, ::1' },
    });
    const from = (address: string) => attempt(server.origin, { 'x-forwarded-for': address });
    for (let n = 0; n < 4; n++) await from('203.0.113.1');
    expect((await from('203.0.113.1')).status).toBe(429);
    expect((await from('203.0.113.2')).status).toBe(401);
    for (let n = 0; n < 4; n++) await from(`2001:db8:1:1::${n}`);
    expect((await from('2001:db8:1:1::99')).status).toBe(429);
    expect((await from('2001:db8:1:2::1')).status).toBe(401);
    await server.stop();
  });
});

test('the log has a line for each answer, and nothing that was typed or lets anybody in', async () => {
  const server = await startServer({ env: { LOG_LEVEL: 'trace' } });
  const { userId, email, password, cookie, token } = await newUser(server.origin);
  const { headers } = await request(server.origin, '/api/users/me/tasks', {
    token,
    body: { title: 'canary title', description: 'canary description' },
  });
  await request(server.origin, '/api/users/me/tasks?cursor=canary-cursor', { token });
  await request(server.origin, '/canary-path?q=canary-query');
  await request(server.origin, '/api/auth/sign-in/email', {
    body: { email, password: 'canary password' },
    headers: { origin: server.origin },
  });
  await signUp(server.origin, { email: 'second@example.com' });
  await server.stop();
  const log = server.output();
  const lines = log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual(
    expect.objectContaining({
      requestId: headers.get('x-request-id'),
      method: 'POST',
      route: '/api/users/:userId/tasks',
      status: 201,
      userId,
      ms: expect.any(Number),
    }),
  );
  const session = /session_token=([^.;]+)/.exec(cookie)?.[1] ?? 'missing';
  for (const secret of ['canary', password, email, token, session, server.secret]) {
    expect(log).not.toContain(secret);
  }
});
