import { request as httpRequest } from 'node:http';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request, signIn, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';

let server: RunningServer;
let ann: User;
let tasks: string;

beforeAll(async () => {
  server = await startServer({ store: await freshStore() });
  ann = await newUser(server.origin);
  tasks = `/api/users/${ann.userId}/tasks`;
});
afterAll(() => server.stop());

const bearer = (token: string, path = tasks) => request(server.origin, path, { token });

/** A token like the issuer's, with something about it changed. */
function forge(claims: Record<string, unknown>, secret = server.secret): Promise<string> {
  return new SignJWT({ ...decodeJwt(ann.token), ...claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .sign(new TextEncoder().encode(secret));
}

test('an access token is what api.md says: HS256, at+jwt, five minutes, the session by its id', () => {
  const claims = decodeJwt(ann.token);
  expect(decodeProtectedHeader(ann.token)).toMatchObject({ alg: 'HS256', typ: 'at+jwt' });
  expect(claims).toMatchObject({
    iss: server.origin,
    aud: `${server.origin}/api`,
    sub: ann.userId,
    sid: expect.any(String),
    jti: expect.any(String),
  });
  expect(Number(claims.exp) - Number(claims.iat)).toBe(300);
  expect(ann.cookie).not.toContain(String(claims['sid']));
});

test('the answer with the token is not to be stored, and says when it expires', async () => {
  const { json, headers } = await request(server.origin, '/api/auth/token', {
    headers: { cookie: ann.cookie },
  });
  expect(headers.get('cache-control')).toBe('no-store');
  expect(json).toEqual({
    token: expect.any(String),
    expiresAt: new Date(Number(decodeJwt(json.token).exp) * 1000).toISOString(),
  });
});

describe('a bad credential', () => {
  test('that is absent is challenged without an error', async () => {
    const { status, headers, json } = await request(server.origin, tasks);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="ownlist"');
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(json).toEqual({
      type: `${server.origin}/api/problems/token_missing`,
      title: expect.any(String),
      status: 401,
      detail: expect.any(String),
      instance: tasks,
      code: 'token_missing',
      requestId: headers.get('x-request-id'),
    });
  });

  test.each(['Basic dTpw', 'Bearer', 'Bearer ', 'Token abc', ''])(
    '%j is no bearer token',
    async (authorization) => {
      const { status, json } = await request(server.origin, tasks, { headers: { authorization } });
      expect([status, json.code]).toEqual([401, 'token_missing']);
    },
  );

  test('in the query or in a cookie is no credential', async () => {
    const query = await request(server.origin, `${tasks}?access_token=${ann.token}`);
    const cookie = await request(server.origin, tasks, {
      headers: { cookie: `access_token=${ann.token}; ${ann.cookie}` },
    });
    expect([query.json.code, cookie.json.code]).toEqual(['token_missing', 'token_missing']);
  });

  test('that was changed is invalid, with the rule and no value in the challenge', async () => {
    const { status, headers, json } = await bearer(`${ann.token.slice(0, -4)}AAAA`);
    expect([status, json.code]).toEqual([401, 'token_invalid']);
    expect(headers.get('www-authenticate')).toMatch(
      /^Bearer realm="ownlist", error="invalid_token", error_description="The signature[^"]*"$/,
    );
  });

  test.each([
    ['another issuer', { iss: 'https://evil.example.org' }],
    ['another audience', { aud: 'https://evil.example.org/api' }],
    ['no subject', { sub: undefined }],
    ['an expiry as text', { exp: '9999999999' }],
    ['a session id as a number', { sid: 7 }],
  ])('signed with the secret but with %s is invalid', async (_, claims) => {
    expect((await bearer(await forge(claims))).json.code).toBe('token_invalid');
  });

  test('signed with another secret is invalid', async () => {
    const token = await forge({}, 'another-s3cret-of-more-than-32-bytes!!');
    expect((await bearer(token)).json.code).toBe('token_invalid');
  });

  test('that expired says so', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const { status, headers, json } = await bearer(
      await forge({ iat: seconds - 400, exp: seconds - 60 }),
    );
    expect([status, json.code]).toEqual([401, 'token_expired']);
    expect(headers.get('www-authenticate')).toContain(
      'error_description="The access token expired"',
    );
  });

  test('sent twice is ambiguous', async () => {
    const status = await new Promise((resolve, reject) => {
      const outgoing = httpRequest(`${server.origin}${tasks}`, (response) => {
        resolve([response.statusCode, response.headers['www-authenticate']]);
        response.resume();
      });
      outgoing.on('error', reject);
      outgoing.setHeader('Authorization', [`Bearer ${ann.token}`, `Bearer ${ann.token}`]);
      outgoing.end();
    });
    expect(status).toEqual([400, expect.stringContaining('error="invalid_request"')]);
    const list = await bearer(`${ann.token}, Bearer ${ann.token}`);
    expect([list.status, list.json.code]).toEqual([400, 'credentials_ambiguous']);
  });

  test('that is longer than any header may be is refused as a problem', async () => {
    const { status, json } = await bearer('x'.repeat(20_000));
    expect(status).toBe(431);
    expect(json.type).toContain('/api/problems/');
    expect((await bearer('x'.repeat(9_000))).json.code).toBe('token_invalid');
  });

  test('is answered before anything else of the request is looked at', async () => {
    const { status } = await request(server.origin, `${tasks}?nonsense=1`, {
      method: 'POST',
      body: '{"broken',
      headers: { 'content-type': 'text/plain' },
    });
    expect(status).toBe(401);
  });
});

test('the scheme is written in any case', async () => {
  for (const scheme of ['bearer', 'BEARER', 'BeArEr']) {
    const { status } = await request(server.origin, tasks, {
      headers: { authorization: `${scheme} ${ann.token}` },
    });
    expect(status).toBe(200);
  }
});

describe('one key has one purpose', () => {
  test('an access token does not verify an e-mail address', async () => {
    const path = `/api/auth/verify-email?token=${ann.token}`;
    const { status } = await request(server.origin, path);
    expect(status).toBe(401);
    const { json } = await request(server.origin, '/api/auth/get-session', {
      headers: { cookie: ann.cookie },
    });
    expect(json.user.emailVerified).toBe(false);
  });

  test('an access token is no session, and a session is no access token', async () => {
    const asCookie = await request(server.origin, '/api/auth/get-session', {
      headers: { cookie: `ownlist.session_token=${encodeURIComponent(ann.token)}` },
    });
    expect(asCookie.json).toBeNull();
    const [, value = ''] = ann.cookie.split('=');
    expect((await bearer(decodeURIComponent(value))).status).toBe(401);
  });

  test('a token of another type signed with the shared secret is refused', async () => {
    const token = await new SignJWT(decodeJwt(ann.token))
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(new TextEncoder().encode(server.secret));
    expect((await bearer(token)).json.code).toBe('token_invalid');
  });
});

describe('sign-in', () => {
  const post = (
    path: string,
    body: unknown,
    headers: Record<string, string> = { origin: server.origin },
  ) => request(server.origin, `/api/auth${path}`, { body, headers });

  test('a sign-up answers alike for a known and an unknown address', async () => {
    const name = 'Somebody';
    const password = 'a long enough one';
    const known = await post('/sign-up/email', { name, password, email: ann.email });
    const unknown = await post('/sign-up/email', { name, password, email: 'nobody@example.com' });
    expect(known.status).toBe(200);
    expect(unknown.status).toBe(200);
    expect(Object.keys(known.json.user)).toEqual(Object.keys(unknown.json.user));
    expect(Object.keys(known.json)).toEqual(Object.keys(unknown.json));
    expect([...known.headers.keys()]).toEqual([...unknown.headers.keys()]);
    await expect(signIn(server.origin, { email: ann.email, password })).rejects.toThrow('401');
  });

  test('a wrong password and an unknown address are answered alike, as a problem with the code of Better Auth', async () => {
    const password = 'not the password';
    const wrong = await post('/sign-in/email', { email: ann.email, password });
    const unknown = await post('/sign-in/email', { email: 'noone@example.com', password });
    expect(wrong.status).toBe(401);
    expect({ ...wrong.json, requestId: '' }).toEqual({ ...unknown.json, requestId: '' });
    expect(wrong.headers.get('content-type')).toContain('application/problem+json');
    expect(wrong.json).toMatchObject({
      status: 401,
      code: 'INVALID_EMAIL_OR_PASSWORD',
      message: expect.any(String),
      requestId: wrong.headers.get('x-request-id'),
    });
  });

  test.each([
    ['a short password', { password: 'short' }],
    ['a long password', { password: 'x'.repeat(129) }],
    ['an address that is none', { email: 'not an address' }],
    ['a name longer than 100 characters', { name: 'x'.repeat(101) }],
    ['no name', { name: undefined }],
  ])('%s is refused', async (_, change) => {
    const good = { name: 'A', email: 'fresh@example.com', password: 'long enough' };
    const { status, json } = await post('/sign-up/email', { ...good, ...change });
    expect(status).toBe(400);
    expect(json.type).toContain('/api/problems/');
  });

  test('a body of a megabyte is refused as a problem', async () => {
    const { status, json } = await post('/sign-up/email', { name: 'x'.repeat(1_000_000) });
    expect([status, json.code]).toEqual([413, 'body_too_large']);
  });

  test('a request with a session from a foreign origin, or from none, is refused', async () => {
    for (const origin of ['https://evil.example.org', 'null', '']) {
      const { status } = await post('/sign-out', {}, { origin, cookie: ann.cookie });
      expect(status).toBe(403);
    }
    expect(
      (await request(server.origin, '/api/auth/token', { headers: { cookie: ann.cookie } })).status,
    ).toBe(200);
  });

  test('no answer but that of /token shows a token to a script', async () => {
    const { email, password } = ann;
    const signedIn = await post('/sign-in/email', { email, password });
    const session = decodeURIComponent(
      /session_token=([^.;]+)/.exec(signedIn.headers.get('set-cookie') ?? '')?.[1] ?? '',
    );
    expect(session.length).toBeGreaterThan(20);
    const { json, text } = await request(server.origin, '/api/auth/get-session', {
      headers: { cookie: ann.cookie },
    });
    expect(json.session).toMatchObject({ id: expect.any(String), expiresAt: expect.any(String) });
    expect(json.session).not.toHaveProperty('token');
    expect(signedIn.text).not.toContain(session);
    expect(text).not.toContain(/session_token=([^.;]+)/.exec(ann.cookie)?.[1]);
  });

  test('the session cookie is for the issuer alone and out of reach of scripts', async () => {
    const { headers } = await post('/sign-in/email', ann);
    const cookie = headers.getSetCookie().find((line) => line.includes('session_token'));
    expect(cookie).toMatch(/; Path=\/api\/auth; HttpOnly; SameSite=Strict$/i);
  });

  test('a forged Host changes nothing', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const outgoing = httpRequest(
        `${server.origin}/api/auth/token`,
        {
          headers: {
            host: 'evil.example.org',
            'x-forwarded-host': 'evil.example.org',
            cookie: ann.cookie,
          },
        },
        (response) => response.setEncoding('utf8').on('data', resolve),
      );
      outgoing.on('error', reject).end();
    });
    expect(decodeJwt(JSON.parse(answer).token).iss).toBe(server.origin);
  });

  test('signing out ends the session: its cookie gets no further access token', async () => {
    const { cookie } = await signIn(server.origin, ann);
    const token = () => request(server.origin, '/api/auth/token', { headers: { cookie } });
    expect((await token()).status).toBe(200);
    expect((await post('/sign-out', {}, { origin: server.origin, cookie })).status).toBe(200);
    const after = await token();
    expect([after.status, after.json.code]).toEqual([401, 'NO_SESSION']);
  });
});
