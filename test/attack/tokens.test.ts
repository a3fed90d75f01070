import { decodeJwt, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { request, type User } from '../support/client.ts';
import { encode, forge } from '../support/forge.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

// The rules one by one are proven beside the verifier, in src/api/tokens/access-token.test.ts. Here whole
// attacks go through the whole server, as a program like jwt_tool sends them.

const header = { alg: 'HS256', typ: 'at+jwt' };

let server: RunningServer;
let ann: User;
let claims: JWTPayload;
beforeAll(async () => {
  server = await startServer();
  ann = await newUser(server.origin);
  claims = decodeJwt(ann.token);
});
afterAll(async () => {
  // None of it was a fault of the server.
  expect((await request(server.origin, '/api/users/me/tasks', { token: ann.token })).status).toBe(
    200,
  );
  await server.stop();
  expect(server.output()).not.toMatch(/"level":50/);
});

const sign = (head: unknown, body: unknown = claims) => forge(head, body, server.secret);
const send = (token: string) => request(server.origin, '/api/users/me/tasks', { token });
const answerTo = async (token: string) => {
  const { status, json } = await send(token);
  return [status, json.code];
};
const invalid = [401, 'token_invalid'];

// threats.md, Tokens: "`alg: none` and its case variants".
describe('a token that says it needs no signature is refused', () => {
  const spellings = ['none', 'None', 'NONE', 'nOnE', 'none ', 'null', '', null, [], false];

  test.each(spellings)('by the algorithm %j, without a signature and with one', async (alg) => {
    const unsigned = `${encode({ ...header, alg })}.${encode(claims)}`;
    expect(await answerTo(`${unsigned}.`)).toEqual(invalid);
    expect(await answerTo(unsigned)).toEqual(invalid);
    expect(await answerTo(`${unsigned}.${ann.token.split('.')[2]}`)).toEqual(invalid);
    expect(await answerTo(sign({ ...header, alg }))).toEqual(invalid);
  });

  test('by an empty key, or one of zeros', async () => {
    for (const key of ['', '\0', '\0'.repeat(32)]) {
      expect(await answerTo(forge(header, claims, key))).toEqual(invalid);
    }
  });
});

// threats.md, Tokens: "missing `exp`/`aud`/`iss`/`sub` passes; a string, float, negative or huge
// `exp`; `sub` an array, object or `""`".
describe('a token of our own key without the right claims is refused', () => {
  const rules: Record<string, [rule: string, values: unknown[]]> = {
    iss: ['The issuer', [undefined, null, '', 7, ['{iss}'], 'http://localhost', '{iss}/']],
    aud: ['The audience', [undefined, null, '', [], ['other'], [7, '{aud}'], '{aud}/', '{iss}']],
    sub: ['The subject', [undefined, null, '', 7, ['{sub}'], { id: '{sub}' }, true]],
    exp: ['The expiry', [undefined, null, '9999999999', 9999999999.5, -1, 1e300, [9999999999]]],
    iat: ['The time of issue', [undefined, null, '1', 1.5, -1, 9999999999]],
    nbf: ['The ', [null, '1', 1.5, -1, 9999999999]],
    sid: ['The session id', [null, '', 7, ['a'], {}]],
  };

  test.each(Object.entries(rules))(
    '%s, and the challenge says which',
    async (name, [rule, values]) => {
      const fill = JSON.stringify(values.map((value) => ({ value })))
        .replaceAll('{iss}', String(claims.iss))
        .replaceAll('{aud}', String(claims.aud))
        .replaceAll('{sub}', String(claims.sub));
      for (const { value } of JSON.parse(fill)) {
        const { status, json, headers } = await send(sign(header, { ...claims, [name]: value }));
        expect([status, json.code], JSON.stringify(value)).toEqual(invalid);
        expect(headers.get('www-authenticate')).toContain(
          `error="invalid_token", error_description="${rule}`,
        );
      }
    },
  );
});

// threats.md, Tokens: "unknown `crit`, `b64: false`, JWE, nested JWT, JSON serialisation, trailing
// or padded base64url, whitespace, two tokens, 1 MB token".
describe('a token in a form that is not ours is refused', () => {
  const flattened = () => {
    const [head, payload, signature] = ann.token.split('.');
    return { protected: head, payload, signature };
  };
  test.each<[string, () => string]>([
    ['with a critical extension', () => sign({ ...header, crit: ['exp'], exp: 9999999999 })],
    ['with an unencoded payload', () => sign({ ...header, b64: false, crit: ['b64'] })],
    ['that is encrypted', () => `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`],
    [
      'that asks for two billion rounds of a hash',
      () => `${encode({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2e9 })}.A.A.A.A`,
    ],
    ['that holds another token', () => sign({ ...header, cty: 'JWT' }, ann.token)],
    ['in JSON, encoded once more', () => encode(flattened())],
    ['with padding', () => `${ann.token}=`],
    ['with another last character for the same bytes', () => looseBits(ann.token)],
    ['with white space in it', () => ann.token.replace('.', ' .')],
    ['with a tab in it', () => ann.token.replace('.', '.\t')],
    ['with an escaped dot', () => ann.token.replace('.', '%2E')],
    ['in quotes', () => `"${ann.token}"`],
    ['followed by another token', () => `${ann.token} ${ann.token}`],
    ['joined to another token', () => `${ann.token}.${ann.token}`],
    [
      'nested as deep as it may be long',
      () => sign(header, `${'['.repeat(2500)}${']'.repeat(2500)}`),
    ],
    ['of ten thousand dots', () => '.'.repeat(10_000)],
  ])('%s', async (_, token) => {
    expect(await answerTo(token())).toEqual(invalid);
  });

  test('in JSON, since its commas part credentials', async () => {
    expect(await answerTo(JSON.stringify(flattened()))).toEqual([400, 'credentials_ambiguous']);
  });

  test('of a megabyte, before it was read', async () => {
    for (let n = 0; n < 20; n++) {
      const token = `${ann.token}${'A'.repeat(1024 * 1024)}`;
      // The server may hang up while the rest is still being sent: that is a refusal too.
      const status = await send(token).then(
        (answer) => answer.status,
        () => 431,
      );
      expect(status).toBe(431);
    }
    expect(await answerTo(ann.token)).toEqual([200, undefined]);
  });
});

/** Sets a bit of the last character that decoding drops (RFC 4648 §3.5). */
function looseBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) + 1];
}
