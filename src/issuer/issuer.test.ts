import { DatabaseSync } from 'node:sqlite';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import type { IssuedToken, Secrets } from '../contract/access-token.ts';
import { createIssuer, type Issuer, type IssuerOptions } from './issuer.ts';

const origin = 'http://localhost:3000';
const first = { version: '1', value: 'b5N0hVq2mX8cZ1rT7wKd4yLs9aGf3jEu' };
const second = { version: '2', value: 'Zk3vQ9pLx7Rt2Yw8Nc5Bm1Hd6Gf4Js0A' };
const person = { name: 'Ann', email: 'ann@example.org', password: 'a long password' };

let database: DatabaseSync;
let ended: string[];
let issuer: Issuer;

const issuerWith = (secrets: Secrets, more: Partial<IssuerOptions> = {}) =>
  createIssuer({
    issuer: origin,
    audience: `${origin}/api`,
    lifetimeSeconds: 300,
    secrets,
    database,
    otherOrigins: [],
    rateLimit: false,
    onSessionEnd: async (id) => void ended.push(id),
    log: () => undefined,
    ...more,
  });

beforeEach(async () => {
  database = new DatabaseSync(':memory:');
  ended = [];
  issuer = await issuerWith([first]);
});

function post(path: string, body: object, cookie = '', to = issuer): Promise<Response> {
  const headers = { origin, 'content-type': 'application/json', ...(cookie && { cookie }) };
  return to.handle(
    new Request(`${origin}/api/auth${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    }),
  );
}

const get = (path: string, cookie: string, to = issuer) =>
  to.handle(new Request(`${origin}/api/auth${path}`, { headers: { cookie } }));

/** What `/token` answers with; the tests look closer. */
const issued = async (answer: Response) => (await answer.json()) as IssuedToken;

const cookieOf = (response: Response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';

async function signIn(more = {}): Promise<string> {
  await post('/sign-up/email', person);
  return cookieOf(await post('/sign-in/email', { ...person, ...more }));
}

describe('an access token', () => {
  test('has the claims of the recipe, and is signed by the current secret', async () => {
    const answer = await get('/token', await signIn());
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { token, expiresAt } = await issued(answer);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: '1' });
    const { payload } = await jwtVerify(token, new TextEncoder().encode(first.value));
    const { exp = 0, iat = 0 } = payload;
    expect(payload).toEqual({
      iss: origin,
      aud: `${origin}/api`,
      sub: expect.stringMatching(/^\w{32}$/),
      sid: expect.stringMatching(/^\w{32}$/),
      client_id: 'ownlist',
      email: person.email,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      exp,
      iat,
    });
    expect(exp - iat).toBe(300);
    expect(expiresAt).toBe(new Date(exp * 1000).toISOString());
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(10);
  });

  test('never outlives its session', async () => {
    const cookie = await signIn();
    const end = Math.floor(Date.now() / 1000) + 60;
    database.prepare('update session set expiresAt = ?').run(new Date(end * 1000).toISOString());
    // Otherwise the session would be prolonged first, as it is when it is used.
    const { token } = await issued(await get('/token?disableRefresh=true', cookie));
    expect(decodeJwt(token).exp).toBe(end);
  });

  test.each([
    ['without a cookie', async () => ''],
    ['with a cookie that nobody signed', async () => 'ownlist.session_token=x.y'],
    [
      'after signing out',
      async () => {
        const cookie = await signIn();
        await post('/sign-out', {}, cookie);
        return cookie;
      },
    ],
  ])('is not to be had %s', async (_, cookie) => {
    const answer = await get('/token', await cookie());
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({
      code: 'NO_SESSION',
      message: 'Sign in first: there is no live session for this cookie.',
    });
  });

  test('is refused with a failure, not as a sign-out, when the store fails', async () => {
    const cookie = await signIn();
    database.close();
    expect((await get('/token', cookie)).status).toBe(500);
  });
});

describe('the end of a session is told by its id', () => {
  const idOf = async (cookie: string) =>
    String(decodeJwt((await issued(await get('/token', cookie))).token)['sid']);

  test('when signing out, and when the password changes: every one of the person', async () => {
    const [one, two] = [await signIn(), await signIn()];
    const ids = [await idOf(one), await idOf(two)];
    await post(
      '/change-password',
      { currentPassword: person.password, newPassword: 'another one' },
      one,
    );
    expect(ended.toSorted()).toEqual(ids.toSorted());
  });

  test('before it ends: a sign-out that cannot be told is none', async () => {
    const cookie = await signIn();
    const deaf = await issuerWith([first], {
      onSessionEnd: async () => {
        throw new Error('the feed is away');
      },
    });
    expect((await post('/sign-out', {}, cookie, deaf)).status).toBe(503);
    expect((await get('/token', cookie)).status).toBe(200);
  });
});

describe('after the secret was rotated', () => {
  const renewed = async (cookie: string, options: Partial<IssuerOptions> = {}) =>
    (
      await get('/get-session', cookie, await issuerWith([second, first], options))
    ).headers.getSetCookie();

  test('a cookie moves to the new secret, as one that lasts', async () => {
    const [line = '', ...others] = await renewed(await signIn());
    expect(others).toEqual([]);
    expect(line).toMatch(
      /^ownlist\.session_token=[^;]+; Max-Age=34560000; Path=\/api\/auth; HttpOnly; SameSite=Strict$/,
    );
    const later = await issuerWith([second]);
    expect(
      await (await get('/get-session', line.split(';')[0] ?? '', later)).json(),
    ).not.toBeNull();
  });

  test('one of a person who is not to be remembered ends with the browser', async () => {
    await post('/sign-up/email', person);
    const answer = await post('/sign-in/email', { ...person, rememberMe: false });
    const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
    const lines = await renewed(cookies.join('; '));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).not.toContain('Max-Age');
  });

  test('behind https it stays Secure', async () => {
    const https = { issuer: 'https://tasks.example.org' };
    const cookie = (await signIn()).replace('ownlist.', '__Secure-ownlist.');
    const secure = await issuerWith([second, first], https);
    const request = new Request('https://tasks.example.org/api/auth/get-session', {
      headers: { cookie },
    });
    const [line] = (await secure.handle(request)).headers.getSetCookie();
    expect(line).toMatch(/^__Secure-ownlist\.session_token=.*; HttpOnly; Secure; SameSite=Strict$/);
  });

  test('what the answer sets itself is not set again: a sign-out clears the cookie', async () => {
    const rotated = await issuerWith([second, first]);
    const answer = await post('/sign-out', {}, await signIn(), rotated);
    const lines = answer.headers.getSetCookie().filter((line) => line.includes('session_token='));
    expect(lines).toEqual([expect.stringMatching(/session_token=; Max-Age=0/)]);
  });

  test('a cookie of the current secret, and a request without one, are left alone', async () => {
    const rotated = await issuerWith([second, first]);
    await post('/sign-up/email', person);
    const cookie = cookieOf(await post('/sign-in/email', person, '', rotated));
    expect((await get('/get-session', cookie, rotated)).headers.getSetCookie()).toEqual([]);
    expect((await rotated.handle(new Request(`${origin}/api/auth/ok`))).status).toBe(200);
  });
});
