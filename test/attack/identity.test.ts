import { decodeJwt, type JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, type User } from '../support/client.ts';
import { forge } from '../support/forge.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';

// threats.md, Tokens: "identity normalised after verification (`" u1 "` equals `u1`; `user_id` or
// `userId` or `sub`, whichever is there)": only `sub`, compared exactly. In both stores, since
// each has its own idea of when two texts are equal.

let server: RunningServer;
let ann: User;
let claims: JWTPayload;
beforeAll(async () => {
  server = await startServer({ store: await freshStore() });
  ann = await newUser(server.origin);
  claims = decodeJwt(ann.token);
  await request(server.origin, '/api/users/me/tasks', {
    token: ann.token,
    body: { title: 'hers' },
  });
});
afterAll(() => server.stop());

/** A token of our own key: its subject alone is not the one that the issuer put there. */
const tokenOf = (sub: unknown, more = {}) =>
  forge({ alg: 'HS256', typ: 'at+jwt' }, { ...claims, ...more, sub }, server.secret);

test.each<[string, (id: string) => string]>([
  ['with a space before it', (id) => ` ${id}`],
  ['with a space behind it', (id) => `${id} `],
  ['with a line break', (id) => `${id}\n`],
  ['with a space of no width', (id) => `${id}\u200B`],
  ['in capitals', (id) => id.toUpperCase()],
  ['in small letters', (id) => id.toLowerCase()],
  [
    'in full width',
    (id) => id.replace(/[A-Za-z]/, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  ],
  ['with an accent', (id) => `${id}\u0301`],
  ['percent-encoded', (id) => id.replace(/^./, (c) => `%${c.charCodeAt(0).toString(16)}`)],
  ['with a pattern in it', (id) => id.replace(/.$/, '%')],
  ['that is me', () => 'me'],
])('the user id %s is another user', async (_, change) => {
  const sub = change(ann.userId);
  expect(sub).not.toBe(ann.userId);
  const token = tokenOf(sub);
  const own = await request(server.origin, '/api/users/me/tasks', { token });
  expect([own.status, own.json.data]).toEqual([200, []]);
  const hers = await request(server.origin, `/api/users/${ann.userId}/tasks`, { token });
  expect([hers.status, hers.json.code]).toEqual([403, 'not_your_resource']);
});

test.each<[string, (id: string) => string]>([
  ['NUL', (id) => `${id}\0`],
  ['half a character', (id) => `${id}\uD800`],
])('a user id with %s in it, which a store could change, is refused', async (_, change) => {
  const token = tokenOf(change(ann.userId));
  const { status, json } = await request(server.origin, '/api/users/me/tasks', { token });
  expect([status, json.code]).toEqual([401, 'token_invalid']);
});

test('no other claim names the user', async () => {
  const others = ['user_id', 'userId', 'uid', 'id', 'username', 'name', 'email', 'upn', 'act'];
  const more = Object.fromEntries(others.map((name) => [name, ann.userId]));
  const own = await request(server.origin, '/api/users/me/tasks', { token: tokenOf('bob', more) });
  expect([own.status, own.json.data]).toEqual([200, []]);
  const none = await request(server.origin, '/api/users/me/tasks', {
    token: tokenOf(undefined, more),
  });
  expect([none.status, none.json.code]).toEqual([401, 'token_invalid']);
});

test.each(['Jürgen 🌻', 'a b?c#d', '../x', 'a/b', 'x%41'])(
  'a task of the user %j has an address that leads to it',
  async (sub) => {
    const token = tokenOf(sub);
    const made = await request(server.origin, '/api/users/me/tasks', {
      token,
      body: { title: 'x' },
    });
    expect(made.status).toBe(201);
    const read = await request(server.origin, made.headers.get('location') ?? '', { token });
    expect(read.json).toEqual(made.json);
  },
);
