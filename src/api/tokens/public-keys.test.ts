import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { accessTokenVerifier } from './access-token.ts';
import { type KeySet, KeySetError, parseKeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import { pinnedKeys, publishedKeys } from './public-keys.ts';

const issuer = 'https://login.example.org';
const audience = 'https://tasks.example.org/api';
const nowSeconds = 1_800_000_000;

interface Signer {
  jwk: object;
  sign: (header?: object) => Promise<string>;
}

async function signer(alg: string, kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg },
    sign: (header = {}) =>
      new SignJWT({ iss: issuer, aud: audience, sub: 'user-1' })
        .setProtectedHeader({ alg, kid, ...header })
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + 60)
        .sign(privateKey),
  };
}

const [ed, ec, rsa, other] = await Promise.all([
  signer('EdDSA', 'ed'),
  signer('ES256', 'ec'),
  signer('RS256', 'rsa'),
  signer('EdDSA', 'other'),
]);
const setOf = (...signers: Signer[]): Promise<KeySet> =>
  parseKeySet(JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }));
const verifierOf = (keys: KeySource) =>
  accessTokenVerifier({ issuer, audience, keys, now: () => nowSeconds * 1000 });
const pinned = async (...signers: Signer[]) =>
  verifierOf(pinnedKeys((await setOf(...signers)).keys));

describe('with pinned keys', () => {
  test.each([
    ['EdDSA', ed],
    ['ES256', ec],
    ['RS256', rsa],
  ])('a token of %s is accepted, with its kid and without', async (_, { sign }) => {
    const verify = await pinned(ed, ec, rsa);
    expect(await verify(await sign())).toMatchObject({ userId: 'user-1' });
    expect(await verify(await sign({ kid: undefined }))).toMatchObject({ userId: 'user-1' });
  });

  test.each(['at+jwt', 'application/at+jwt', 'JWT', 'jwt', undefined])(
    'a token of the type %s is accepted',
    async (typ) => {
      expect(await (await pinned(ed))(await ed.sign({ typ }))).toMatchObject({ userId: 'user-1' });
    },
  );

  test.each(['better-auth.session-cache+jwt', 'logout+jwt', 'dpop+jwt', ''])(
    'a token of the type %j is refused, since it is for something else',
    async (typ) => {
      await expect((await pinned(ed))(await ed.sign({ typ }))).rejects.toThrow(/type/);
    },
  );

  test.each([
    ['of a key that is not among them', () => other.sign(), /names no key/],
    ['of such a key without its kid', () => other.sign({ kid: undefined }), /signature/],
    ['that borrows the kid of another key', () => other.sign({ kid: 'ed' }), /signature/],
    ['that names a key of another algorithm', () => ed.sign({ kid: 'ec' }), /that of the key/],
  ])('a token %s is refused', async (_, token, rule) => {
    await expect((await pinned(ed, ec))(await token())).rejects.toThrow(rule);
  });

  test('what is refused by its header is told all that would be taken', async () => {
    const verify = await pinned(ed);
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    await expect(verify((await ed.sign()).replace(/^[^.]+/, none))).rejects.toThrow(
      /^The algorithm must be EdDSA or ES256 or RS256$/,
    );
    await expect(verify(await ed.sign({ typ: 'logout+jwt' }))).rejects.toThrow(
      /^The type must be at\+jwt or jwt$/,
    );
  });

  test('an algorithm that no key is for is refused', async () => {
    const token = await rsa.sign({ kid: undefined });
    await expect((await pinned(ed, ec))(token)).rejects.toThrow(/that of the key/);
  });
});

describe('with keys that the issuer publishes', () => {
  let published: KeySet | Error;
  let asked: number;
  let seconds: number;
  let keys: KeySource;
  const log = vi.fn();

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    log.mockReset();
    answering = undefined;
    [published, asked, seconds] = [await setOf(ed), 0, 0];
  });
  afterEach(() => {
    keys.close();
    vi.useRealTimers();
  });

  /** Answers with what is published when it is asked; how long that takes is up to a test. */
  let answering: Promise<void> | undefined;
  async function ask(): Promise<KeySet> {
    asked++;
    const answer = published;
    await answering;
    if (answer instanceof Error) throw answer;
    return answer;
  }
  function start() {
    keys = publishedKeys({ ask, log, now: () => seconds * 1000 });
    return verifierOf(keys);
  }
  const pass = (after: number) => {
    seconds += after;
    return vi.advanceTimersByTimeAsync(after * 1000);
  };

  test('a request that comes before the first answer waits for it', async () => {
    const token = await ed.sign();
    const verify = start();
    expect(keys.isReady()).toBe(false);
    expect(await verify(token)).toMatchObject({ userId: 'user-1' });
    expect(keys.isReady()).toBe(true);
    expect(asked).toBe(1);
  });

  test('a key that is new is found when a token names it', async () => {
    const verify = start();
    await verify(await ed.sign());
    published = await setOf(ed, ec);
    expect(await verify(await ec.sign())).toMatchObject({ userId: 'user-1' });
    expect(keys.generation()).toBe(0);
  });

  test('a key that is new is found by the clock of the process, too', async () => {
    keys = publishedKeys({ ask, log });
    const verify = verifierOf(keys);
    await verify(await ed.sign());
    published = await setOf(ed, ec);
    expect(await verify(await ec.sign())).toMatchObject({ userId: 'user-1' });
  });

  test('a token of a known key does not wait while the issuer is asked again', async () => {
    const token = await ed.sign();
    const verify = start();
    await verify(token);
    answering = Promise.withResolvers<void>().promise;
    await pass(300);
    expect(asked).toBe(2);
    expect(await verify(token)).toMatchObject({ userId: 'user-1' });
  });

  test('the operator reads which keys there are, once for each change of them', async () => {
    await start()(await ed.sign());
    for (const signers of [[ed], [ed, ec], [ec]]) {
      published = await setOf(...signers);
      await pass(300);
    }
    expect(log.mock.calls).toEqual(
      [['ed'], ['ed', 'ec'], ['ec']].map((kids) => ['info', { kids }, 'keys changed']),
    );
  });

  test.each<[string, KeySet | Error, string]>([
    [
      'cannot be reached',
      new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
      'cannot be had: fetch failed (connect ECONNREFUSED)',
    ],
    ['answers with an error', new Error('the status 500'), 'cannot be had: the status 500'],
    ['publishes no key for us', { keys: [], problem: 'holds no key' }, 'holds no key'],
  ])(
    'when the issuer %s the operator reads why, once, and no error when it is well again',
    async (_, failure, reason) => {
      published = failure;
      start();
      await pass(1);
      await pass(1);
      published = await setOf(ed);
      await pass(1);
      expect(keys.isReady()).toBe(true);
      expect(log.mock.calls).toEqual([
        ['error', {}, `The key set of the issuer ${reason}`],
        ['info', { kids: ['ed'] }, 'keys changed'],
      ]);
    },
  );

  test('many tokens that name a new key at once are one question, and all are accepted', async () => {
    const verify = start();
    await verify(await ed.sign());
    published = await setOf(ed, ec);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => ec.sign()));
    await Promise.all(tokens.map(verify));
    expect(asked).toBe(2);
  });

  test('a key that was made while the issuer was being asked is found by asking once more', async () => {
    const token = await ec.sign();
    const verify = start();
    await verify(await ed.sign());
    const answered = Promise.withResolvers<void>();
    answering = answered.promise;
    await pass(300);
    expect(asked).toBe(2);
    // That question has the old set for an answer, which is on its way.
    published = await setOf(ed, ec);
    const verified = verify(token);
    answered.resolve();
    expect(await verified).toMatchObject({ userId: 'user-1' });
  });

  test('a flood of unknown keys is one question in ten seconds', async () => {
    const verify = start();
    await verify(await ed.sign());
    const flood = async () => {
      for (let n = 0; n < 50; n++) {
        await expect(verify(await ed.sign({ kid: `unknown ${n}` }))).rejects.toThrow(/no key/);
      }
    };
    await flood();
    expect(asked).toBe(2);
    await pass(9.999);
    await flood();
    expect(asked).toBe(2);
    await pass(0.001);
    await flood();
    expect(asked).toBe(3);
  });

  test('what is refused by its header alone is no question', async () => {
    const verify = start();
    await verify(await ed.sign());
    const token = await ed.sign({ kid: 'unknown', typ: 'logout+jwt' });
    await expect(verify(token)).rejects.toThrow(/type/);
    const none = Buffer.from('{"alg":"none","kid":"x"}').toString('base64url');
    await expect(verify(token.replace(/^[^.]+/, none))).rejects.toThrow(/algorithm/);
    expect(asked).toBe(1);
  });

  test('a key that the issuer removed is refused within five minutes, and the generation changes', async () => {
    const verify = start();
    await verify(await ed.sign());
    published = await setOf(ec);
    await pass(299);
    expect(await verify(await ed.sign())).toMatchObject({ userId: 'user-1' });
    expect(keys.generation()).toBe(0);
    await pass(1);
    expect(keys.generation()).toBe(1);
    await expect(verify(await ed.sign())).rejects.toThrow(/names no key/);
  });

  test('a key that is another one under the same name is retired', async () => {
    const verify = start();
    await verify(await ed.sign());
    published = await setOf({ ...other, jwk: { ...other.jwk, kid: 'ed' } });
    await pass(300);
    await expect(verify(await ed.sign())).rejects.toThrow(/signature/);
    expect(keys.generation()).toBe(1);
  });

  test.each([
    ['does not answer', new Error('connect ECONNREFUSED')],
    ['answers with a page', new KeySetError('is not JSON')],
  ])(
    'an issuer that %s takes no key away, and is asked again every ten seconds',
    async (_, down) => {
      const verify = start();
      await verify(await ed.sign());
      published = down;
      await pass(300);
      await pass(20);
      expect(asked).toBe(4);
      expect(await verify(await ed.sign())).toMatchObject({ userId: 'user-1' });
      expect([keys.isReady(), keys.generation()]).toEqual([true, 0]);
      expect(log.mock.calls.filter(([level]) => level === 'error')).toHaveLength(1);
      published = await setOf(ec);
      await pass(10);
      await expect(verify(await ed.sign())).rejects.toThrow(/names no key/);
    },
  );

  test('a token of an unknown key is not called wrong while the issuer does not answer', async () => {
    const verify = start();
    await verify(await ed.sign());
    published = new Error('down');
    await expect(verify(await ec.sign())).rejects.toMatchObject({ code: 'unavailable' });
    published = await setOf(ed, ec);
    await pass(10);
    expect(await verify(await ec.sign())).toMatchObject({ userId: 'user-1' });
  });

  test('an issuer that publishes no usable key has none', async () => {
    const verify = start();
    await verify(await ed.sign());
    published = { keys: [], problem: 'holds no key' };
    await pass(300);
    await expect(verify(await ed.sign())).rejects.toMatchObject({ code: 'unavailable' });
    expect([keys.isReady(), keys.generation()]).toEqual([false, 1]);
  });

  test('without any key nothing is decided, and the issuer is asked every second until there is one', async () => {
    published = new Error('down');
    const verify = start();
    await expect(verify(await ed.sign())).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The keys of the issuer cannot be had at the moment.',
      headers: { 'retry-after': '5' },
    });
    expect(keys.isReady()).toBe(false);
    await pass(2);
    expect(asked).toBe(3);
    published = await setOf(ed);
    await pass(1);
    expect(keys.isReady()).toBe(true);
    expect(await verify(await ed.sign())).toMatchObject({ userId: 'user-1' });
  });

  test('once closed it asks no more', async () => {
    const verify = start();
    await verify(await ed.sign());
    keys.close();
    await pass(3000);
    expect(asked).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
