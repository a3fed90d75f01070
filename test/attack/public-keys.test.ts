import { createHmac, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { type RunningServer, type ServerOptions, startServer } from '../support/server.ts';
import { type StockIssuer, startStockIssuer } from '../support/stock-issuer.ts';

/** The API alone, without a secret, behind the issuer. */
async function startApi(
  issuer: StockIssuer,
  port: number,
  options: ServerOptions = {},
): Promise<RunningServer> {
  return startServer({
    port,
    args: ['--role', 'api'],
    ...options,
    env: {
      BETTER_AUTH_SECRET: undefined,
      ACCESS_TOKEN_ISSUER: issuer.origin,
      ACCESS_TOKEN_JWKS_URL: issuer.jwksUrl,
      ...options.env,
    },
  });
}

async function startBoth(alg?: 'ES256' | 'RS256', options: ServerOptions = {}) {
  const port = await freePort();
  const issuer = await startStockIssuer({
    audience: `http://localhost:${port}/api`,
    ...(alg && { alg }),
  });
  // The plugin makes its first key when it is first asked for one.
  await issuer.keySet();
  return { issuer, api: await startApi(issuer, port, options) };
}

const listTasks = (api: RunningServer, token: string) =>
  request(api.origin, '/api/users/me/tasks', { token });
const statusOf = async (api: RunningServer, token: string) => (await listTasks(api, token)).status;
const kidOf = (token: string) => decodeProtectedHeader(token).kid;

describe.each([
  ['EdDSA', undefined],
  ['ES256', 'ES256'],
  ['RS256', 'RS256'],
] as const)('behind a stock Better Auth that signs with %s', (alg, configured) => {
  let issuer: StockIssuer;
  let api: RunningServer;
  beforeAll(async () => {
    ({ issuer, api } = await startBoth(configured));
  });
  afterAll(async () => {
    await api.stop();
    await issuer.goAway();
  });

  test('whoever signs up there has their tasks here, and nobody else has', async () => {
    const token = await issuer.token(await issuer.signUp());
    expect(decodeProtectedHeader(token)).toMatchObject({ alg, kid: expect.any(String) });
    const created = await request(api.origin, '/api/users/me/tasks', {
      token,
      body: { title: 'mine' },
    });
    expect(created.status).toBe(201);
    const userId = String(decodeJwt(token).sub);
    const mine = await request(api.origin, `/api/users/${userId}/tasks`, { token });
    expect(mine.json.data).toMatchObject([{ title: 'mine' }]);
    const other = await issuer.token(await issuer.signUp());
    expect((await listTasks(api, other)).json.data).toEqual([]);
  });

  // threats.md, Tokens: "RS256/EdDSA public key used as an HMAC key".
  test('its public key is no secret: nothing signed with it passes', async () => {
    const token = await issuer.token(await issuer.signUp());
    const [, payload = ''] = token.split('.');
    const jwk = JSON.parse(await issuer.keySet()).keys[0] as JWK;
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const forms = [
      key.export({ type: 'spki', format: 'pem' }),
      key.export({ type: 'spki', format: 'pem' }).toString().trimEnd(),
      key.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk),
      Buffer.from(String(jwk.x ?? jwk.n), 'base64url'),
      String(jwk.x ?? jwk.n),
    ];
    for (const [index, secret] of forms.entries()) {
      for (const claimed of ['HS256', alg]) {
        const header = Buffer.from(JSON.stringify({ alg: claimed, kid: jwk.kid }));
        const input = `${header.toString('base64url')}.${payload}`;
        const forged = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
        const { status, json } = await listTasks(api, forged);
        expect([status, json.code], `form ${index} as ${claimed}`).toEqual([401, 'token_invalid']);
      }
    }
    expect(await statusOf(api, token)).toBe(200);
  });

  test('a signature of zeros is none (CVE-2022-21449)', async () => {
    const token = await issuer.token(await issuer.signUp());
    const [header, payload, signature = ''] = token.split('.');
    const zeros = Buffer.alloc(Buffer.from(signature, 'base64url').length).toString('base64url');
    expect(await statusOf(api, `${header}.${payload}.${zeros}`)).toBe(401);
  });
});

describe('when the issuer changes its keys', () => {
  let issuer: StockIssuer;
  let api: RunningServer;
  beforeAll(async () => {
    ({ issuer, api } = await startBoth());
  });
  afterAll(async () => {
    await api.stop();
    await issuer.goAway();
  });

  test('no request fails, neither with tokens of the new key nor of the old', async () => {
    const cookie = await issuer.signUp();
    const old = await issuer.token(cookie);
    const statuses: number[] = [];
    const client = async (isRotator: boolean) => {
      for (let n = 0; n < 30; n++) {
        if (isRotator && n === 10) await issuer.retireKeys();
        statuses.push(await statusOf(api, await issuer.token(cookie)), await statusOf(api, old));
      }
    };
    await Promise.all([client(true), client(false), client(false)]);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(kidOf(await issuer.token(cookie))).not.toBe(kidOf(old));
  });
});

describe('a key that the issuer removed', () => {
  test('is refused from the next look on, also where its token was accepted a moment ago', async () => {
    const { issuer, api } = await startBoth();
    const cookie = await issuer.signUp();
    const old = await issuer.token(cookie);
    expect(await statusOf(api, old)).toBe(200);
    await issuer.removeKeys();
    expect(await statusOf(api, old)).toBe(200);
    // A token of the new key makes the API look.
    expect(await statusOf(api, await issuer.token(cookie))).toBe(200);
    const refused = await listTasks(api, old);
    expect([refused.status, refused.json.code]).toEqual([401, 'token_invalid']);
    await api.stop();
    await issuer.goAway();
  });
});

// threats.md, Tokens: keys taken from the header's `kid`; better-auth.md: the cooldown of 30 s.
test('a flood of unknown keys is one question to the issuer, and hides no real key', async () => {
  const { issuer, api } = await startBoth();
  const token = await issuer.token(await issuer.signUp());
  expect(await statusOf(api, token)).toBe(200);
  const before = issuer.keyRequests();
  const [, payload, signature] = token.split('.');
  const flood = Array.from({ length: 100 }, (_, n) => {
    const header = { ...decodeProtectedHeader(token), kid: `made-up-${n}` };
    return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`;
  });
  const statuses = await Promise.all(flood.map((forged) => statusOf(api, forged)));
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect(issuer.keyRequests() - before).toBe(1);
  expect(await statusOf(api, token)).toBe(200);
  await api.stop();
  await issuer.goAway();
});

describe('without its issuer', () => {
  test('the API goes on with the last keys, and stays ready', async () => {
    const { issuer, api } = await startBoth();
    const cookie = await issuer.signUp();
    const [first, second] = [await issuer.token(cookie), await issuer.token(cookie)];
    expect(await statusOf(api, first)).toBe(200);
    await issuer.retireKeys();
    const unknown = await issuer.token(cookie);
    await issuer.goAway();
    // The API looks for the unknown key and finds nobody: it cannot say that the token is wrong.
    const undecided = await listTasks(api, unknown);
    expect([undecided.status, undecided.json.code]).toEqual([503, 'unavailable']);
    expect(await statusOf(api, second)).toBe(200);
    expect((await request(api.origin, '/readyz')).status).toBe(200);
    expect((await api.stop()).code).toBe(0);
    expect(api.output()).toMatch(/"level":50.*key set of the issuer cannot be had/);
  });

  test('a start lives and is not ready, decides nothing, and recovers when the issuer is there', async () => {
    const port = await freePort();
    const issuer = await startStockIssuer({ audience: `http://localhost:${port}/api` });
    const token = await issuer.token(await issuer.signUp());
    await issuer.goAway();
    const api = await startApi(issuer, port, { until: 'live' });
    expect((await request(api.origin, '/livez')).status).toBe(200);
    expect((await request(api.origin, '/readyz')).json).toMatchObject({ code: 'unavailable' });
    const undecided = await listTasks(api, token);
    expect([undecided.status, undecided.json.code]).toEqual([503, 'unavailable']);
    expect(Number(undecided.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await request(api.origin, '/api/users/me/tasks')).status).toBe(401);
    await issuer.comeBack();
    const readiness = async () => (await request(api.origin, '/readyz')).status;
    await expect.poll(readiness, { timeout: 30_000 }).toBe(200);
    expect(await statusOf(api, token)).toBe(200);
    expect((await api.stop()).code).toBe(0);
    await issuer.goAway();
  });

  test('a start that nobody answers ends at once when it is asked to', async () => {
    const port = await freePort();
    const issuer = await startStockIssuer({ audience: `http://localhost:${port}/api` });
    await issuer.goAway();
    const api = await startApi(issuer, port, { until: 'live' });
    expect((await api.stop()).code).toBe(0);
  });
});

describe('with a pinned key set', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ownlist-keys-'));
  const file = join(folder, 'keys.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  test('the issuer is never asked, and its next key is unknown', async () => {
    const port = await freePort();
    const issuer = await startStockIssuer({ audience: `http://localhost:${port}/api` });
    const cookie = await issuer.signUp();
    const token = await issuer.token(cookie);
    writeFileSync(file, await issuer.keySet());
    const env = { ACCESS_TOKEN_JWKS_URL: undefined, ACCESS_TOKEN_JWKS: file };
    const api = await startApi(issuer, port, { env });
    expect(await statusOf(api, token)).toBe(200);
    await issuer.retireKeys();
    expect(await statusOf(api, await issuer.token(cookie))).toBe(401);
    expect(issuer.keyRequests()).toBe(0);
    await api.stop();
    await issuer.goAway();
  });

  test.each([
    ['is not there', undefined, /^The key set in .* cannot be read .*ACCESS_TOKEN_JWKS/],
    ['is no key set', '{}', /^The key set in .* is not a JSON Web Key Set.* \/api\/auth\/jwks/],
    ['holds no usable key', '{"keys":[]}', /^The key set in .* holds no key for EdDSA/],
    [
      'holds a secret',
      '{"keys":[{"kty":"oct","k":"aHVudGVyMg"}]}',
      /^The key set in .* holds a private or a symmetric key/,
    ],
  ])('a start with a file that %s ends with the remedy', async (_, content, message) => {
    rmSync(file, { force: true });
    if (content !== undefined) writeFileSync(file, content);
    const started = startServer({
      args: ['--role', 'api'],
      env: { BETTER_AUTH_SECRET: undefined, ACCESS_TOKEN_JWKS: file },
    });
    const output = await started.then(
      () => 'it started',
      (error: Error) => error.message.replace(/^.*\n/, ''),
    );
    expect(output).toMatch(message);
    expect(output).not.toContain('aHVudGVyMg');
  });
});
