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

  test('is not looked for without a cookie: the store may fail, and the answer is to sign in', async () => {
    await get('/get-session', '');
    database.close();
    expect((await get('/token', '')).status).toBe(401);
  });

  test('is read, not made by a POST', async () => {
    expect((await post('/token', {}, await signIn())).status).toBe(404);
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

  test('of each of more than a hundred, which is as many as Better Auth reads by itself', async () => {
    const cookie = await signIn();
    const first = await idOf(cookie);
    const copy = database.prepare(
      `insert into session (id, token, userId, expiresAt, createdAt, updatedAt)
        select ?, ?, userId, expiresAt, createdAt, updatedAt from session where id = ?`,
    );
    const others = Array.from({ length: 150 }, (_, n) => `session-${n}`);
    for (const id of others) copy.run(id, `token of ${id}`, first);
    await post(
      '/change-password',
      { currentPassword: person.password, newPassword: 'another one' },
      cookie,
    );
    expect(ended.toSorted()).toEqual([first, ...others].toSorted());
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

describe('a person who is banned', () => {
  const account = async () => {
    const found = await issuer.accounts.find('ANN@example.org');
    if (found === undefined) throw new Error('There is no such account.');
    return found;
  };
  const answerOf = async (answer: Response) => ({
    status: answer.status,
    ...((await answer.json()) as { code?: string }),
  });
  const noSession = { status: 401, code: 'NO_SESSION' };

  test('has no session left, each told before it ended, and no token', async () => {
    const cookies = [await signIn(), await signIn()];
    const { id } = await account();
    expect(await issuer.accounts.ban(id)).toBe(2);
    expect(ended).toHaveLength(2);
    for (const cookie of cookies) {
      expect(await answerOf(await get('/token', cookie))).toMatchObject(noSession);
    }
    expect((await account()).isBanned).toBe(true);
    // Once more changes nothing.
    expect(await issuer.accounts.ban(id)).toBe(0);
  });

  test('is told so when the password is right; to others the account is as any other', async () => {
    await signIn();
    const wrong = { ...person, password: 'not the password' };
    const before = await answerOf(await post('/sign-in/email', wrong));
    await issuer.accounts.ban((await account()).id);
    expect(await answerOf(await post('/sign-in/email', wrong))).toEqual(before);
    const right = await post('/sign-in/email', person);
    expect(right.headers.getSetCookie()).toEqual([]);
    expect(await answerOf(right)).toEqual({
      status: 403,
      code: 'USER_BANNED',
      message: 'This account was banned by the operator of this server.',
    });
    expect(database.prepare('select * from session').all()).toEqual([]);
  });

  test('gets no token by a session that slipped in, and loses that with the ban', async () => {
    const cookie = await signIn();
    const { id } = await account();
    // A sign-in may have looked for a ban before it was made, and begin its session after it.
    database.exec('create temp table slipped as select * from session');
    await issuer.accounts.ban(id);
    database.exec('insert into session select * from slipped');
    expect(await answerOf(await get('/token', cookie))).toMatchObject(noSession);
    await issuer.accounts.unban(id);
    expect(await answerOf(await get('/token', cookie))).toMatchObject(noSession);
    expect(ended).toHaveLength(2);
  });

  test('signs in again when the ban is taken back', async () => {
    await signIn();
    const { id } = await account();
    await issuer.accounts.ban(id);
    await issuer.accounts.unban(id);
    expect((await account()).isBanned).toBe(false);
    expect((await get('/token', await signIn())).status).toBe(200);
  });

  test('gets no token while the ends of the sessions cannot be told, and none is deleted untold', async () => {
    const cookie = await signIn();
    const deaf = await issuerWith([first], {
      onSessionEnd: async () => {
        throw new Error('the feed is away');
      },
    });
    const { id } = await account();
    await expect(deaf.accounts.ban(id)).rejects.toThrow('the feed is away');
    expect(await answerOf(await get('/token', cookie))).toMatchObject(noSession);
    expect(await issuer.accounts.ban(id)).toBe(1);
    expect(ended).toHaveLength(1);
  });

  test('is not one by a request of anybody, and no answer has a word of it', async () => {
    const refused = { status: 400, code: 'FIELD_NOT_ALLOWED' };
    const signUp = await post('/sign-up/email', { ...person, banned: true });
    expect(await answerOf(signUp)).toMatchObject(refused);
    const cookie = await signIn();
    const update = await post('/update-user', { banned: true }, cookie);
    expect(await answerOf(update)).toMatchObject(refused);
    expect((await account()).isBanned).toBe(false);
    const answers = [
      await post('/sign-up/email', { ...person, email: 'bob@example.org' }),
      await post('/sign-up/email', person),
      await post('/sign-in/email', person),
      await get('/get-session', cookie),
    ];
    for (const answer of answers) {
      expect([answer.status, await answer.text()]).toEqual([
        200,
        expect.not.stringContaining('banned'),
      ]);
    }
  });

  test('is one in a store from before there were bans', async () => {
    await signIn();
    database.exec('alter table user drop column banned');
    issuer = await issuerWith([first]);
    expect((await account()).isBanned).toBe(false);
    await issuer.accounts.ban((await account()).id);
    expect((await account()).isBanned).toBe(true);
  });
});

describe('the accounts', () => {
  test('are listed by their addresses, all of them', async () => {
    const emails = Array.from({ length: 120 }, (_, n) => `person-${n}@example.org`);
    const add = database.prepare(
      "insert into user (id, name, email, emailVerified, createdAt, updatedAt) values (?, '', ?, 0, ?, ?)",
    );
    const day = '2026-11-20T09:30:00.000Z';
    for (const email of emails) add.run(`id of ${email}`, email, day, day);
    const all = await issuer.accounts.list();
    expect(all.map(({ email }) => email)).toEqual(emails.toSorted());
    expect(all[0]).toEqual({
      id: 'id of person-0@example.org',
      email: 'person-0@example.org',
      signedUpAt: new Date(day),
      isBanned: false,
    });
  });

  test('one that is removed is gone with everything of it, and no other is touched', async () => {
    await post('/sign-up/email', { ...person, email: 'bob@example.org' });
    await post('/sign-in/email', { ...person, email: 'bob@example.org' });
    const rows = () =>
      ['user', 'account', 'session'].map((table) =>
        database.prepare(`select * from "${table}"`).all(),
      );
    const before = rows();
    await signIn();
    const ann = await issuer.accounts.find(person.email);
    await issuer.accounts.remove(ann?.id ?? '');
    expect(rows()).toEqual(before);
    expect(await issuer.accounts.find(person.email)).toBeUndefined();
    expect(ended).toHaveLength(1);
    const wrong = await (await post('/sign-in/email', person)).json();
    const nobody = { ...person, email: 'nobody@example.org' };
    expect(wrong).toEqual(await (await post('/sign-in/email', nobody)).json());
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
