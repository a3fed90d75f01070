import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { type JWTPayload, SignJWT } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from '../support/client.ts';
import { type Language, openssl, perl, python } from '../support/languages.ts';
import { type RunningServer, startServer } from '../support/server.ts';

// Whoever has the secret and docs/access-tokens.md makes tokens that the API accepts, in whatever
// language: what is written there is all there is to it.

type Sign = (claims: JWTPayload, secret: string) => string | Promise<string>;

/** A program of `signers/`: claims on its standard input, the secret in its environment. */
function program(language: Language, file: string): [string, Sign] {
  const script = path.join(import.meta.dirname, 'signers', file);
  const sign: Sign = (claims, secret) => {
    const { status, stdout, stderr } = spawnSync(language.command, [script], {
      input: JSON.stringify(claims),
      env: { PATH: process.env['PATH'], BETTER_AUTH_SECRET: secret },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  };
  return [language.name, sign];
}

const inNode: [string, Sign][] = [
  [
    'Node with jose',
    (claims, secret) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(new TextEncoder().encode(secret)),
  ],
  [
    'Node with jsonwebtoken',
    (claims, secret) =>
      jsonwebtoken.sign(claims, secret, {
        algorithm: 'HS256',
        header: { alg: 'HS256', typ: 'at+jwt' },
      }),
  ],
];

/** Those that this machine has or can have. Node always, and no other is taken for granted. */
const elsewhere = [
  [python('hmac', []), 'standard-library.py'],
  [python('jwt', ['python3-jwt']), 'pyjwt.py'],
  [perl('Crypt::JWT', ['libcrypt-jwt-perl']), 'crypt-jwt.pl'],
  [openssl(), 'openssl.sh'],
] as const;
const signers = [
  ...inNode,
  ...elsewhere.flatMap(([language, file]) => (language ? [program(language, file)] : [])),
];

let server: RunningServer;
let claims: JWTPayload;
beforeAll(async () => {
  server = await startServer();
  const now = Math.floor(Date.now() / 1000);
  claims = { iss: server.origin, aud: `${server.origin}/api`, iat: now, exp: now + 60 };
});
afterAll(() => server.stop());

test.each(signers)('a token made by %s is accepted, for the user it names', async (_, sign) => {
  const sub = 'Jürgen O’Neil 🌻';
  const token = await sign({ ...claims, sub }, server.secret);
  const path = `/api/users/${encodeURIComponent(sub)}/tasks`;
  expect((await request(server.origin, path, { token })).status).toBe(200);
  const other = await sign({ ...claims, sub }, `${server.secret}x`);
  expect((await request(server.origin, path, { token: other })).json.code).toBe('token_invalid');
});

test('the languages of this machine are among them', () => {
  const names = signers.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(['Node with jose', 'Node with jsonwebtoken']));
  for (const [command, name] of [
    ['python3', 'Python with hmac'],
    ['openssl', 'openssl and a shell'],
  ] as const) {
    if (spawnSync(command, ['version']).error === undefined) expect(names).toContain(name);
  }
});
