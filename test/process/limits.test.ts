import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressPolicy, userPolicy } from '../../src/api/limits/limits.ts';
import { type Answer, request, type User } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

const limited = { RATE_LIMIT: undefined };

/** Begins where a window has enough time left for a whole test: the next one, if need be. */
async function beginWindow(): Promise<void> {
  const windowMs = userPolicy.windowSeconds * 1000;
  const left = windowMs - (Date.now() % windowMs);
  if (left < windowMs / 2) await delay(left);
}

/** Sends requests, some at once, until one is refused or all are through; returns the last. */
async function sendMany(count: number, send: () => Promise<Answer>): Promise<Answer> {
  let last = await send();
  for (let sent = 1; sent < count && last.status !== 429; sent += 20) {
    const answers = await Promise.all(Array.from({ length: 20 }, send));
    last = answers.find(({ status }) => status === 429) ?? (answers[0] as Answer);
  }
  return last;
}

const listTasks = (origin: string, { token }: User) =>
  request(origin, '/api/users/me/tasks', { token });

// threats.md, Accounts and sessions: "rate limit off unless NODE_ENV says production"; "rate limit
// trusts X-Forwarded-For".
describe('the limits of the API, on by default', () => {
  let dataDir: string;
  let server: RunningServer;
  let ann: User;
  let bob: User;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ownlist-limits-'));
    server = await startServer({ dataDir });
    [ann, bob] = [await newUser(server.origin), await newUser(server.origin)];
    await server.stop();
    const env = { ...limited, BETTER_AUTH_SECRET: server.secret };
    server = await startServer({ dataDir, port: server.port, env });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  test('say what is left, refuse a person who asks too often, and hold for nobody else, for no renewal and after a crash', async () => {
    await beginWindow();
    const first = await listTasks(server.origin, ann);
    expect(first.headers.get('ratelimit')).toMatch(/^"user";r=\d+;t=\d+$/);
    expect(first.headers.get('ratelimit-policy')).toBe(`"user";q=${userPolicy.quota};w=60`);

    const refused = await sendMany(userPolicy.quota + 1, () => listTasks(server.origin, ann));
    expect([refused.status, refused.json.code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).toMatch(/^"user";r=0;/);

    expect((await listTasks(server.origin, bob)).status).toBe(200);
    const renewed = await request(server.origin, '/api/auth/token', {
      headers: { cookie: ann.cookie },
    });
    expect(renewed.status).toBe(200);

    await expect
      .poll(() => countsOf(server), { timeout: 5_000 })
      .toBeGreaterThanOrEqual(userPolicy.quota);
    await server.kill();
    const env = { ...limited, BETTER_AUTH_SECRET: server.secret };
    server = await startServer({ dataDir, port: server.port, env });
    expect((await listTasks(server.origin, ann)).status).toBe(429);
    expect((await listTasks(server.origin, bob)).status).toBe(200);
  });

  test('refuse an address that asks too often before anything else is looked at, whatever it claims to be', async () => {
    await beginWindow();
    let n = 0;
    const refused = await sendMany(addressPolicy.quota + 1, () =>
      request(server.origin, '/api/users/me/tasks', {
        headers: { 'x-forwarded-for': `203.0.113.${n++ % 250}` },
      }),
    );
    expect([refused.status, refused.json.code]).toEqual([429, 'rate_limited']);
    expect((await listTasks(server.origin, bob)).status).toBe(429);
    expect((await request(server.origin, '/livez')).status).toBe(200);
  });
});

/** How many requests of users the store of a server knows of. */
async function countsOf({ dataDir }: RunningServer): Promise<number> {
  const { DatabaseSync } = await import('node:sqlite');
  const store = new DatabaseSync(join(dataDir, 'guard.db'), { readOnly: true });
  const row = store
    .prepare("select max(count) as count from rate_counts where bucket like 'user %'")
    .get();
  store.close();
  return Number(row?.['count'] ?? 0);
}

describe('with several processes', () => {
  let postgres: Postgres;
  let servers: RunningServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await postgres.stop();
  });

  test('a person who used up the limit at one has used it up at the others', async () => {
    postgres = await startPostgres();
    const store = { databaseUrl: await postgres.createDatabase() };
    const port = await freePort();
    const env = {
      ...limited,
      BETTER_AUTH_URL: `http://localhost:${port}`,
      BETTER_AUTH_SECRET: randomBytes(32).toString('base64url'),
    };
    servers = [
      await startServer({ store, env, port }),
      await startServer({ store, env, args: ['--role', 'api'] }),
    ];
    const [first = '', second = ''] = servers.map(({ origin }) => origin);
    const user = await newUser(first);
    await beginWindow();
    expect((await listTasks(second, user)).status).toBe(200);
    expect((await sendMany(userPolicy.quota + 1, () => listTasks(first, user))).status).toBe(429);
    await expect
      .poll(async () => (await listTasks(second, user)).status, { timeout: 5_000, interval: 200 })
      .toBe(429);
  });
});
