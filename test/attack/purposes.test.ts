import { createEmailVerificationToken } from 'better-auth/api';
import { signJWT } from 'better-auth/crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { derivedSecret } from '../../src/issuer/derived-secret.ts';
import { request, type User } from '../support/client.ts';
import { forge } from '../support/forge.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

// threats.md, Tokens: "a token for one purpose accepted for another: an HS256 access token signed
// with the raw Better Auth secret and carrying `email` is accepted by `/verify-email`".

let server: RunningServer;
let user: User;
/** Both keys there are: the one of access tokens, and Better Auth's own. */
let secrets: string[];
beforeAll(async () => {
  server = await startServer();
  user = await newUser(server.origin);
  secrets = [server.secret, derivedSecret(server.secret, 'better-auth')];
});
afterAll(() => server.stop());

const listTasks = (token: string) => request(server.origin, '/api/users/me/tasks', { token });
const verifyEmail = (token: string) =>
  request(server.origin, `/api/auth/verify-email?token=${token}`);
const session = async () =>
  (await request(server.origin, '/api/auth/get-session', { headers: { cookie: user.cookie } }))
    .json;

test('a verification token of Better Auth is no access token, whichever key signed it', async () => {
  for (const secret of secrets) {
    const token = await createEmailVerificationToken(secret, user.email);
    expect((await listTasks(token)).json.code).toBe('token_invalid');
    const { iss, aud, sub } = decodeJwt(user.token);
    const dressed = await createEmailVerificationToken(secret, user.email, undefined, 60, {
      iss,
      aud,
      sub,
    });
    expect((await listTasks(dressed)).json.code).toBe('token_invalid');
  }
});

test('a cookie-cache token of Better Auth is no access token, whichever key signed it', async () => {
  const { iss, aud, sub } = decodeJwt(user.token);
  for (const secret of secrets) {
    const cached = { ...(await session()), updatedAt: Date.now(), version: '1' };
    expect((await listTasks(await signJWT(cached, secret))).json.code).toBe('token_invalid');
    const dressed = await signJWT({ ...cached, iss, aud, sub }, secret);
    expect((await listTasks(dressed)).json.code).toBe('token_invalid');
  }
});

test('an access token signed by the key of Better Auth is none', async () => {
  const claims = decodeJwt(user.token);
  const header = { alg: 'HS256', typ: 'at+jwt' };
  const [own = '', derived = ''] = secrets;
  expect((await listTasks(forge(header, claims, own))).status).toBe(200);
  expect((await listTasks(forge(header, claims, derived))).json.code).toBe('token_invalid');
});

test('an access token verifies no address, though a verification token does', async () => {
  expect(decodeJwt(user.token)['email']).toBe(user.email);
  const refused = await verifyEmail(user.token);
  expect(refused.status).toBe(401);
  expect(refused.headers.getSetCookie()).toEqual([]);
  const ofSharedSecret = await createEmailVerificationToken(server.secret, user.email);
  expect((await verifyEmail(ofSharedSecret)).status).toBe(401);
  expect((await session()).user.emailVerified).toBe(false);

  const [, derived = ''] = secrets;
  const genuine = await createEmailVerificationToken(derived, user.email);
  expect((await verifyEmail(genuine)).status).toBe(200);
  expect((await session()).user.emailVerified).toBe(true);
});
