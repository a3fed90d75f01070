import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessToken, cookieHeader, request, signIn, type User } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

const listTasks = (origin: string, token: string) =>
  request(origin, '/api/users/me/tasks', { token });

/** Asks whether the session of the token goes on, and waits for its end. */
function waitForEnd(origin: string, token: string) {
  const headers = { prefer: 'wait=25' };
  return request(origin, '/api/users/me/session', { token, headers });
}

function post(origin: string, path: string, cookie: string, body: object = {}) {
  return request(origin, `/api/auth${path}`, { body, headers: { cookie, origin } });
}

/** Another sign-in of the same person, as from another device. */
async function anotherDevice(origin: string, user: User) {
  const { cookie } = await signIn(origin, user);
  const token = await accessToken(origin, cookie);
  return { cookie, token, sessionId: String(decodeJwt(token)['sid']) };
}

// threats.md, Tokens: "revoked session's token works until it expires"; Accounts and sessions:
// "sessions survive a password change".
describe('in one process a session ends with its access tokens, at once', () => {
  let server: RunningServer;
  let origin: string;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ownlist-revocation-'));
    server = await startServer({ dataDir });
    origin = server.origin;
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  test('by signing out, and the other devices go on', async () => {
    const user = await newUser(origin);
    const other = await anotherDevice(origin, user);
    expect((await listTasks(origin, other.token)).status).toBe(200);
    expect((await post(origin, '/sign-out', other.cookie)).status).toBe(200);
    const { status, headers, json } = await listTasks(origin, other.token);
    expect([status, json.code]).toEqual([401, 'token_revoked']);
    expect(headers.get('www-authenticate')).toMatch(
      /error="invalid_token", error_description="The session/,
    );
    expect((await listTasks(origin, user.token)).status).toBe(200);
  });

  test('and whoever waits for its end is told when it ends', async () => {
    const user = await newUser(origin);
    const other = await anotherDevice(origin, user);
    const waiting = waitForEnd(origin, other.token);
    const askedAt = performance.now();
    // An answer to a later question on the same server: the first one has arrived by then.
    expect((await listTasks(origin, other.token)).status).toBe(200);
    await post(origin, '/end-session', user.cookie, { id: other.sessionId });
    const { status, json } = await waiting;
    expect([status, json.code]).toEqual([401, 'token_revoked']);
    // Of the 25 seconds that it may take: told, not found out by asking again.
    expect(performance.now() - askedAt).toBeLessThan(20_000);
    const own = await request(origin, '/api/users/me/session', { token: user.token });
    expect([own.status, own.text]).toEqual([204, '']);
  });

  test('by its id from another device', async () => {
    const user = await newUser(origin);
    const other = await anotherDevice(origin, user);
    const listed = await request(origin, '/api/auth/list-sessions', {
      headers: { cookie: user.cookie },
    });
    expect(listed.json.map(({ id }: { id: string }) => id)).toContain(other.sessionId);
    expect(listed.text).not.toContain('"token"');
    expect((await post(origin, '/end-session', user.cookie, { id: other.sessionId })).status).toBe(
      200,
    );
    expect((await listTasks(origin, other.token)).json.code).toBe('token_revoked');
    expect((await listTasks(origin, user.token)).status).toBe(200);
  });

  test('but not by another person, to whom it is as if it never was', async () => {
    const victim = await newUser(origin);
    const { cookie } = await newUser(origin);
    const id = String(decodeJwt(victim.token)['sid']);
    const foreign = await post(origin, '/end-session', cookie, { id });
    const absent = await post(origin, '/end-session', cookie, { id: 'nothing' });
    expect(foreign.status).toBe(404);
    expect({ ...foreign.json, requestId: '' }).toEqual({ ...absent.json, requestId: '' });
    for (const body of [{}, { id: null }, { id: [id] }, { id: { $ne: '' } }]) {
      expect((await post(origin, '/end-session', cookie, body)).status).toBe(404);
    }
    expect((await listTasks(origin, victim.token)).status).toBe(200);
  });

  test('by a change of the password: every one of them, and the device that changed it goes on with a new one', async () => {
    const user = await newUser(origin);
    const other = await anotherDevice(origin, user);
    const newPassword = 'an entirely new password';
    const changed = await post(origin, '/change-password', user.cookie, {
      currentPassword: user.password,
      newPassword,
      revokeOtherSessions: false,
    });
    expect(changed.status).toBe(200);
    for (const { token, cookie } of [user, other]) {
      expect((await listTasks(origin, token)).json.code).toBe('token_revoked');
      expect((await request(origin, '/api/auth/token', { headers: { cookie } })).status).toBe(401);
    }
    const cookie = cookieHeader(changed.headers);
    expect((await listTasks(origin, await accessToken(origin, cookie))).status).toBe(200);
    await expect(signIn(origin, user)).rejects.toThrow('401');
    await signIn(origin, { ...user, password: newPassword });
  });

  test('and stays ended after a restart', async () => {
    const user = await newUser(origin);
    await post(origin, '/sign-out', user.cookie);
    await server.kill();
    server = await startServer({
      dataDir,
      port: server.port,
      env: { BETTER_AUTH_SECRET: server.secret },
    });
    expect((await listTasks(origin, user.token)).json.code).toBe('token_revoked');
  });
});

describe('with the issuer and the API in processes of their own', () => {
  let postgres: Postgres;
  let issuer: RunningServer;
  let apis: RunningServer[];
  let databaseUrl: string;
  const listEverywhere = (token: string) =>
    Promise.all(apis.map(({ origin }) => listTasks(origin, token).then(({ status }) => status)));

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await postgres.createDatabase();
    const port = await freePort();
    const shared = {
      store: { databaseUrl },
      env: {
        BETTER_AUTH_URL: `http://localhost:${port}`,
        BETTER_AUTH_SECRET: randomBytes(32).toString('base64url'),
      },
    };
    issuer = await startServer({ ...shared, port, args: ['--role', 'issuer'] });
    const api = () => startServer({ ...shared, args: ['--role', 'api'] });
    apis = [await api(), await api()];
  });
  afterAll(async () => {
    for (const server of [issuer, ...apis]) await server?.stop();
    await postgres?.stop();
  });

  test('a token of the one is accepted by the others, and each side serves nothing of the other', async () => {
    const { token } = await newUser(issuer.origin);
    expect(await listEverywhere(token)).toEqual([200, 200]);
    expect((await listTasks(issuer.origin, token)).status).toBe(404);
    const [api] = apis;
    expect((await request(api?.origin ?? '', '/api/auth/get-session')).status).toBe(404);
  });

  test('a session that ends at the issuer has ended everywhere within two seconds', async () => {
    const user = await newUser(issuer.origin);
    const going = await newUser(issuer.origin);
    expect(await listEverywhere(user.token)).toEqual([200, 200]);
    await post(issuer.origin, '/sign-out', user.cookie);
    await expect
      .poll(() => listEverywhere(user.token), { timeout: 2_000, interval: 50 })
      .toEqual([401, 401]);
    expect(await listEverywhere(going.token)).toEqual([200, 200]);
  });

  test('whoever waits at another process for the end of a session is told of it', async () => {
    const user = await newUser(issuer.origin);
    const waiting = Promise.all(apis.map(({ origin }) => waitForEnd(origin, user.token)));
    expect(await listEverywhere(user.token)).toEqual([200, 200]);
    await post(issuer.origin, '/sign-out', user.cookie);
    expect((await waiting).map(({ json }) => json.code)).toEqual([
      'token_revoked',
      'token_revoked',
    ]);
  });

  test('a process that starts later knows of the sessions that ended before', async () => {
    const user = await newUser(issuer.origin);
    await post(issuer.origin, '/sign-out', user.cookie);
    const [first] = apis;
    const port = first?.port ?? 0;
    await first?.stop();
    apis[0] = await startServer({
      port,
      store: { databaseUrl },
      env: { BETTER_AUTH_URL: issuer.origin, BETTER_AUTH_SECRET: issuer.secret },
      args: ['--role', 'api'],
    });
    expect((await listTasks(apis[0].origin, user.token)).json.code).toBe('token_revoked');
  });
});
