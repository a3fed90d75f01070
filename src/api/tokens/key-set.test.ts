import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseKeySet } from './key-set.ts';

const made: Record<string, { publicJwk: JWK; privateJwk: JWK }> = {};

async function make(name: string, alg: string, options = {}) {
  const pair = await generateKeyPair(alg, { extractable: true, ...options });
  made[name] = {
    publicJwk: await exportJWK(pair.publicKey),
    privateJwk: await exportJWK(pair.privateKey),
  };
}
beforeAll(() =>
  Promise.all([
    make('Ed25519', 'EdDSA', { crv: 'Ed25519' }),
    make('P-256', 'ES256'),
    make('P-384', 'ES384'),
    make('X25519', 'ECDH-ES', { crv: 'X25519' }),
    make('RSA', 'RS256', { modulusLength: 2048 }),
  ]),
);

const jwk = (name: string): JWK => ({ ...made[name]?.publicJwk });
const secretJwk = (name: string): JWK => ({ ...made[name]?.privateJwk });
const parse = (...keys: unknown[]) => parseKeySet(JSON.stringify({ keys }));

test('a key says what it is for by its alg, or by its kind alone', async () => {
  const { keys, problem } = await parse(
    { ...jwk('Ed25519'), kid: 'a', alg: 'EdDSA', use: 'sig', key_ops: ['verify'] },
    { ...jwk('Ed25519'), kid: 'b' },
    { ...jwk('P-256'), kid: 'c', alg: 'ES256', ext: true },
    { ...jwk('P-256') },
    { ...jwk('RSA'), kid: 'e', alg: 'RS256', x5c: ['of no interest'] },
    { ...jwk('RSA'), kid: 'f' },
  );
  expect(problem).toBeUndefined();
  expect(keys.map(({ kid, alg }) => [kid, alg])).toEqual([
    ['a', 'EdDSA'],
    ['b', 'EdDSA'],
    ['c', 'ES256'],
    [undefined, 'ES256'],
    ['e', 'RS256'],
    ['f', 'RS256'],
  ]);
});

test('what belongs to another kind of key says nothing about this one', async () => {
  const { keys } = await parse({ ...jwk('RSA'), crv: 'Ed25519' }, { ...jwk('P-256'), n: 'AQAB' });
  expect(keys.map(({ alg }) => alg)).toEqual(['RS256', 'ES256']);
});

test('two keys have one fingerprint if they are the same key of the same name', async () => {
  const print = async (key: unknown) => (await parse(key)).keys[0]?.fingerprint;
  const key = { ...jwk('P-256'), kid: 'a' };
  expect(await print({ ...key, alg: 'ES256', use: 'sig' })).toBe(await print(key));
  expect(await print({ ...key, n: '' })).toBe(await print(key));
  expect(await print({ ...key, kid: 'b' })).not.toBe(await print(key));
  expect(await print({ ...jwk('Ed25519'), kid: 'a' })).not.toBe(await print(key));
});

describe('a key is left out', () => {
  test.each<[string, () => unknown]>([
    ['that is for encryption', () => ({ ...jwk('P-256'), use: 'enc' })],
    ['that is for other operations', () => ({ ...jwk('P-256'), key_ops: ['deriveKey'] })],
    ['whose alg is that of another kind', () => ({ ...jwk('P-256'), alg: 'EdDSA' })],
    ['whose alg is symmetric', () => ({ ...jwk('RSA'), alg: 'HS256' })],
    ['whose alg is none', () => ({ ...jwk('Ed25519'), alg: 'none' })],
    ['of another padding', () => ({ ...jwk('RSA'), alg: 'PS256' })],
    ['of another curve', () => jwk('P-384')],
    ['that cannot sign', () => jwk('X25519')],
    ['whose name is no string', () => ({ ...jwk('P-256'), kid: 7 })],
    ['that is no point of its curve', () => ({ ...jwk('P-256'), y: jwk('P-256').x })],
    ['with a part missing', () => ({ ...jwk('P-256'), y: undefined })],
    // 1024 bits. Such a key cannot be made here any more, so the modulus is cut.
    ['of RSA with too few bits', () => ({ ...jwk('RSA'), n: jwk('RSA').n?.slice(0, 171) })],
    ['that is private', () => ({ ...secretJwk('P-256'), kid: 'leaked' })],
    ['that is symmetric', () => ({ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' })],
  ])('%s', async (_, key) => {
    expect((await parse(key())).keys).toEqual([]);
    expect((await parse(key(), jwk('Ed25519'))).keys).toHaveLength(1);
  });

  test('and if none is left, or one was secret, there is something to say', async () => {
    expect((await parse()).problem).toMatch(/no key for EdDSA/);
    expect((await parse(jwk('P-384'))).problem).toMatch(/no key for EdDSA/);
    expect((await parse(secretJwk('RSA'), jwk('P-256'))).problem).toMatch(/private/);
    expect((await parse({ kty: 'oct' }, jwk('P-256'))).problem).toMatch(/symmetric/);
  });

  test.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])(
    'and its publisher told, for its secret member %s alone',
    async (member) => {
      const leaked = { ...jwk('RSA'), kid: 'leaked', [member]: 'AQAB' };
      const { keys, problem } = await parse(leaked, { ...jwk('RSA'), kid: 'kept' });
      expect(keys.map(({ kid }) => kid)).toEqual(['kept']);
      expect(problem).toMatch(/only public keys/);
    },
  );
});

const noJson = 'is not JSON with each member named once';
const noKeySet = 'is not a JSON Web Key Set, {"keys": [ … ]}';

test.each([
  ['an empty text', '', noJson],
  ['a page', '<!doctype html>', noJson],
  ['a bare key', '{"kty":"OKP","crv":"Ed25519","x":"AA"}', noKeySet],
  ['a bare list', '[]', noKeySet],
  ['null', 'null', noKeySet],
  ['keys that are no list', '{"keys":{"a":{}}}', noKeySet],
  ['a list of something else', '{"keys":["a"]}', noKeySet],
  ['two lists of keys', '{"keys":[],"keys":[]}', noJson],
])('%s is no key set, and its publisher is told why', async (_, text, message) => {
  await expect(parseKeySet(text)).rejects.toMatchObject({ name: 'KeySetError', message });
});
