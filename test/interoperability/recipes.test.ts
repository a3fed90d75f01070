import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeJwt, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { User } from '../support/client.ts';
import { forge } from '../support/forge.ts';
import { goProgram, python } from '../support/languages.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

const folder = path.resolve(import.meta.dirname, '../../docs/recipes');
const recipes = readdirSync(folder);

const workshop = mkdtempSync(path.join(tmpdir(), 'ownlist-recipes-'));
afterAll(() => rmSync(workshop, { recursive: true }));

const pythonCommand = python('jwt', ['python3-jwt'])?.command;
const goRecipe = path.join(folder, 'verify.go');
const goCommand = goProgram(goRecipe, 'github.com/golang-jwt/jwt/v5', workshop);
/** How to run each, where this machine has its language: Node is here for certain. */
const runnable: [file: string, command: string[]][] = [
  ['verify.mjs', [process.execPath, path.join(folder, 'verify.mjs')]],
  ...(pythonCommand ? [row('verify.py', pythonCommand, path.join(folder, 'verify.py'))] : []),
  ...(goCommand ? [row('verify.go', goCommand)] : []),
];

function row(file: string, ...command: string[]): [string, string[]] {
  return [file, command];
}

let server: RunningServer;
let user: User;
let claims: JWTPayload;
beforeAll(async () => {
  server = await startServer();
  user = await newUser(server.origin);
  claims = decodeJwt(user.token);
});
afterAll(() => server.stop());

const header = { alg: 'HS256', typ: 'at+jwt' };
const sign = (head: object, body: object) => forge(head, body, server.secret);

describe.each(runnable)('docs/recipes/%s', (_, [command = '', ...args]) => {
  const run = (token: string) =>
    spawnSync(command, [...args, token], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        BETTER_AUTH_URL: server.origin,
        BETTER_AUTH_SECRET: server.secret,
      },
    });

  test('names the user of an access token', () => {
    expect(run(user.token)).toMatchObject({ status: 0, stdout: `${user.userId}\n` });
  });

  test.each<[string, () => string]>([
    ['that expired', () => sign(header, { ...claims, exp: Number(claims.iat) - 60 })],
    ['without an expiry', () => sign(header, { ...claims, exp: undefined })],
    ['of another type', () => sign({ ...header, typ: 'JWT' }, claims)],
    ['without a type', () => sign({ alg: 'HS256' }, claims)],
    ['of another algorithm', () => sign({ ...header, alg: 'HS512' }, claims)],
    ['without a signature', () => sign({ ...header, alg: 'none' }, claims).replace(/[^.]*$/, '')],
    ['of another key', () => forge(header, claims, 'x'.repeat(32))],
    ['of another issuer', () => sign(header, { ...claims, iss: 'http://localhost' })],
    ['for another audience', () => sign(header, { ...claims, aud: server.origin })],
    ['without a subject', () => sign(header, { ...claims, sub: undefined })],
    ['with an empty subject', () => sign(header, { ...claims, sub: '' })],
  ])('refuses a token %s', (_, token) => {
    const { status, stdout } = run(token());
    expect([status, stdout]).toEqual([1, '']);
  });
});

test('each is at most twenty lines, and the documentation leads to it', () => {
  const documentation = readFileSync(path.join(folder, '../access-tokens.md'), 'utf8');
  expect(recipes).toEqual(['verify.go', 'verify.mjs', 'verify.py']);
  for (const file of recipes) {
    const lines = readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\n');
    expect(lines.length, file).toBeLessThanOrEqual(20);
    expect(Math.max(...lines.map((line) => line.length)), file).toBeLessThanOrEqual(100);
    expect(documentation).toContain(`(recipes/${file})`);
  }
});
