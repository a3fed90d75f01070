import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { accessTokenVerifier } from './access-token.ts';
import { sharedSecrets } from './key-source.ts';

const secret = 'b5N0hVq2mX8cZ1rT7wKd4yLs9aGf3jEu';
const issuer = 'https://tasks.example.org';
const audience = 'https://tasks.example.org/api';
const nowSeconds = 1_800_000_000;

const retired = 'Zk3vQ9pLx7Rt2Yw8Nc5Bm1Hd6Gf4Js0A';
const verify = accessTokenVerifier({
  issuer,
  audience,
  keys: sharedSecrets([
    { version: '2', value: secret },
    { version: '1', value: retired },
  ]),
  now: () => nowSeconds * 1000,
});

const header = { alg: 'HS256', typ: 'at+jwt' };
const claims = {
  iss: issuer,
  aud: audience,
  sub: 'user-1',
  iat: nowSeconds,
  exp: nowSeconds + 300,
  sid: 'session-1',
};

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs any two parts, well-formed or not: what an attacker with the secret of a peer could do. */
function sign(
  head: unknown = header,
  body: unknown = claims,
  key = secret,
  hash = 'sha256',
): string {
  const input = `${encode(head)}.${encode(body)}`;
  return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`;
}

const without = (name: keyof typeof claims) => ({ ...claims, [name]: undefined });

test('a token of the recipe is accepted, and names its user and session', async () => {
  expect(await verify(sign())).toEqual({
    userId: 'user-1',
    sessionId: 'session-1',
    expiresAt: nowSeconds + 300,
  });
});

test('a token made by another library from the shared secret is accepted', async () => {
  const token = await new SignJWT({ sub: 'user-1' })
    .setProtectedHeader({ alg: 'HS256', typ: 'application/at+jwt', kid: '2' })
    .setIssuer(issuer)
    .setAudience([audience, 'https://other.example.org'])
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + 60)
    .sign(new TextEncoder().encode(secret));
  expect(await verify(token)).toMatchObject({ userId: 'user-1', sessionId: undefined });
});

test('a token of a listed retired secret is accepted, with its kid and without', async () => {
  expect(await verify(sign(header, claims, retired))).toMatchObject({ userId: 'user-1' });
  expect(await verify(sign({ ...header, kid: '1' }, claims, retired))).toMatchObject({
    userId: 'user-1',
  });
});

test('the subject is used exactly as it stands', async () => {
  expect(await verify(sign(header, { ...claims, sub: ' User-1 ' }))).toMatchObject({
    userId: ' User-1 ',
  });
});

describe('a token is refused', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const refused: [string, string, RegExp][] = [
    ['that is empty', '', /compact/],
    ['of two parts', sign().split('.').slice(0, 2).join('.'), /compact/],
    ['of four parts', `${sign()}.AAAA`, /compact/],
    ['of five parts, which is a JWE', `${sign()}.AAAA.AAAA`, /compact/],
    ['in JSON serialization', JSON.stringify({ payload: 'x', signature: 'y' }), /compact/],
    ['without a signature', `${encode(header)}.${encode(claims)}.`, /compact/],
    ['longer than 8 KiB', sign(header, { ...claims, pad: 'x'.repeat(9000) }), /8 KiB/],
    ['with padding', `${sign()}=`, /strict base64url/],
    ['with a line break', `${sign()}\n`, /strict base64url/],
    [
      'in base64 with plus and slash',
      sign(header, { ...claims, sub: '???>>>' }).replaceAll('_', '/'),
      /base64url|signature/,
    ],
    ['with a header that is no JSON', sign('{'), /JSON/],
    ['with a header that is an array', sign([header]), /JSON object/],
    ['with a payload that is null', sign(header, 'null'), /JSON object/],
    ['with a payload that is a nested token', sign(header, sign()), /JSON/],
    [
      'with a header that names its algorithm twice',
      sign('{"alg":"none","alg":"HS256","typ":"at+jwt"}'),
      /named once/,
    ],
    [
      'with a subject named twice',
      sign(header, `{"sub":"user-2",${JSON.stringify(claims).slice(1)}`),
      /named once/,
    ],
    ['with a byte order mark', sign(header, `\uFEFF${JSON.stringify(claims)}`), /JSON/],
    ['signed with another secret', sign(header, claims, `${secret}x`), /signature/],
    ['signed by an RSA public key taken as a secret', sign(header, claims, publicPem), /signature/],
    [
      'with a changed payload',
      sign().replace(/\.[^.]+\./, `.${encode({ ...claims, sub: 'user-2' })}.`),
      /signature/,
    ],
    ...[
      'none',
      'None',
      'NONE',
      'nOnE',
      'HS384',
      'HS512',
      'RS256',
      'ES256',
      'EdDSA',
      'hs256',
      '',
      undefined,
      ['HS256'],
    ].map((alg): [string, string, RegExp] => [
      `with the algorithm ${String(alg)}`,
      sign({ ...header, alg }),
      /algorithm/,
    ]),
    ...[
      'JWT',
      'jwt',
      'at+jwtx',
      'logout+jwt',
      'application/application/at+jwt',
      '',
      undefined,
      7,
    ].map((typ): [string, string, RegExp] => [
      `of the type ${String(typ)}`,
      sign({ ...header, typ }),
      /type/,
    ]),
    ['with a critical extension', sign({ ...header, crit: ['exp'] }), /crit/],
    ['with an unencoded payload', sign({ ...header, b64: false }), /b64/],
    ['with a key id that is no string', sign({ ...header, kid: { $ne: '' } }), /kid/],
    ['with the kid of another secret', sign({ ...header, kid: '1' }), /signature/],
    ['with the kid of a secret that was dropped', sign({ ...header, kid: '0' }), /kid/],
    ['with a path as its kid', sign({ ...header, kid: '../../secret' }), /kid/],
    ['of another issuer', sign(header, { ...claims, iss: `${issuer}/` }), /issuer/],
    ['without an issuer', sign(header, without('iss')), /issuer/],
    ['for another audience', sign(header, { ...claims, aud: `${audience}/` }), /audience/],
    ['for nobody in a list', sign(header, { ...claims, aud: [] }), /audience/],
    [
      'for a list with something else in it',
      sign(header, { ...claims, aud: [audience, 7] }),
      /audience/,
    ],
    ['without an audience', sign(header, without('aud')), /audience/],
    ...[
      undefined,
      '',
      7,
      null,
      ['user-1'],
      { id: 'user-1' },
      'x'.repeat(256),
      'u\0',
      'u\uD800',
    ].map((sub): [string, string, RegExp] => [
      `with the subject ${JSON.stringify(sub)}`,
      sign(header, { ...claims, sub }),
      /subject/,
    ]),
    ...[undefined, null, '1800000300', 1_800_000_300.5, -1, 1e300, [1_800_000_300]].map(
      (exp): [string, string, RegExp] => [
        `with the expiry ${JSON.stringify(exp)}`,
        sign(header, { ...claims, exp }),
        /expiry/,
      ],
    ),
    ...[undefined, '1', 1.5, -1].map((iat): [string, string, RegExp] => [
      `with the time of issue ${JSON.stringify(iat)}`,
      sign(header, { ...claims, iat }),
      /time of issue/,
    ]),
    ['issued in the future', sign(header, { ...claims, iat: nowSeconds + 6 }), /future/],
    ['that begins later', sign(header, { ...claims, nbf: nowSeconds + 6 }), /not valid yet/],
    [
      'with a beginning that is no number',
      sign(header, { ...claims, nbf: '1' }),
      /start of validity/,
    ],
    ['with a session id that is no string', sign(header, { ...claims, sid: 7 }), /session id/],
    ['with an empty session id', sign(header, { ...claims, sid: '' }), /session id/],
  ];

  test.each(refused)('%s', async (_, token, rule) => {
    await expect(verify(token)).rejects.toMatchObject({
      name: 'AccessTokenError',
      code: 'token_invalid',
      message: expect.stringMatching(rule),
    });
  });

  test('with text that is not UTF-8', async () => {
    const input = `${encode(header)}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}`;
    const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    await expect(verify(token)).rejects.toMatchObject({ code: 'token_invalid' });
  });

  test('with a byte in its text that is not UTF-8', async () => {
    const [before = '', after = ''] = JSON.stringify({ ...claims, pad: '|' }).split('|');
    const body = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
    const input = `${encode(header)}.${body.toString('base64url')}`;
    const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    await expect(verify(token)).rejects.toThrow('The payload is not JSON in UTF-8');
  });

  test('after its expiry, with the skew of five seconds', async () => {
    const expiring = (exp: number) => verify(sign(header, { ...claims, exp }));
    await expect(expiring(nowSeconds - 5)).rejects.toMatchObject({ code: 'token_expired' });
    await expect(expiring(nowSeconds - 4)).resolves.toMatchObject({ userId: 'user-1' });
  });
});

test('a skew of five seconds is tolerated at the beginning', async () => {
  const ahead = { ...claims, iat: nowSeconds + 5, nbf: nowSeconds + 5 };
  expect(await verify(sign(header, ahead))).toMatchObject({ userId: 'user-1' });
});

test('no reason repeats a value of the token', async () => {
  const token = sign(header, { ...claims, iss: 'canary', aud: 'canary', sub: 'canary' });
  await expect(verify(token)).rejects.not.toThrow(/canary/);
});

test('every rule is named in its own words', async () => {
  const ruleOf = (token: string) =>
    verify(token).then(
      () => 'accepted',
      (error: Error) => error.message,
    );
  const [head, body, signature] = sign().split('.');
  const rules: [string, string][] = [
    [`${head}=.${body}.${signature}`, 'The header is not strict base64url'],
    [`${head}.${body}=.${signature}`, 'The payload is not strict base64url'],
    [`${head}.${body}.${signature}=`, 'The signature is not strict base64url'],
    [sign('{'), 'The header is not JSON in UTF-8 with each member named once'],
    [sign(header, '{'), 'The payload is not JSON in UTF-8 with each member named once'],
    [sign('"x"'), 'The header is not a JSON object'],
    [sign(header, '7'), 'The payload is not a JSON object'],
    [sign({ ...header, alg: 'none' }), 'The algorithm must be HS256'],
    [sign({ ...header, typ: 'JWT' }), 'The type must be at+jwt'],
    [sign({ ...header, typ: 'at+application/jwt' }), 'The type must be at+jwt'],
    [sign({ ...header, kid: 7 }), 'The kid header must be a string'],
    [sign({ ...header, kid: '9' }), 'The kid header names no key of this API'],
    [sign(header, claims, 'wrong'), 'The signature does not match'],
    [sign(header, { ...claims, exp: nowSeconds - 60 }), 'The access token expired'],
  ];
  for (const [token, rule] of rules) expect(await ruleOf(token)).toBe(rule);
});

test('what is just within a limit is accepted, and what is just beyond is not', async () => {
  const accepted = (change: object) =>
    verify(sign(header, { ...claims, ...change })).then(
      () => true,
      () => false,
    );
  expect(await accepted({ sub: 'x'.repeat(255) })).toBe(true);
  expect(await accepted({ iat: 0, nbf: 0 })).toBe(true);
  expect(await accepted({ exp: 8.64e12 })).toBe(true);
  expect(await accepted({ exp: 8.64e12 + 1 })).toBe(false);

  const room = 8 * 1024 - sign(header, { ...claims, pad: '' }).length;
  const padded = [room - 40, room].flatMap((about) =>
    Array.from({ length: 60 }, (_, n) =>
      sign(header, { ...claims, pad: 'x'.repeat(Math.floor((about * 3) / 4) + n) }),
    ),
  );
  const exact = padded.find((token) => token.length === 8 * 1024);
  const longer = padded.find((token) => token.length === 8 * 1024 + 1);
  expect(await verify(exact ?? '')).toMatchObject({ userId: 'user-1' });
  await expect(verify(longer ?? '')).rejects.toThrow('The token is longer than 8 KiB');
});
