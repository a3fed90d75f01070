import { describe, expect, test } from 'vitest';
import type { Principal, UserId } from '../principal.ts';
import { AccessTokenError } from './access-token.ts';
import { createRevocations } from './revocations.ts';
import { rememberVerified } from './verified-tokens.ts';

const start = 1_800_000_000_000;

/** A verifier that counts how often it is asked, and a clock and key set to turn. */
function setUp(max?: number) {
  const state = { now: start, generation: 1, fresh: true, asked: 0 };
  const revocations = createRevocations(() => state.now);
  const verify = rememberVerified({
    verify: async (token): Promise<Principal> => {
      state.asked++;
      if (token === 'bad') throw new AccessTokenError('token_invalid', 'It is bad');
      return {
        userId: `user of ${token}` as UserId,
        sessionId: `session of ${token}`,
        expiresAt: start / 1000 + 300,
      };
    },
    revocations,
    generation: () => state.generation,
    isFresh: () => state.fresh,
    now: () => state.now,
    ...(max && { max }),
  });
  return { state, revocations, verify };
}

test('a token is verified once, and is the same afterwards', async () => {
  const { state, verify } = setUp();
  expect(await verify('a')).toEqual(await verify('a'));
  expect((await verify('b')).userId).toBe('user of b');
  expect(state.asked).toBe(2);
});

test('a token that was refused is looked at each time', async () => {
  const { state, verify } = setUp();
  await expect(verify('bad')).rejects.toThrow('bad');
  await expect(verify('bad')).rejects.toThrow('bad');
  expect(state.asked).toBe(2);
});

describe('a remembered token', () => {
  test('is looked at again once it has expired', async () => {
    const { state, verify } = setUp();
    await verify('a');
    state.now = start + 299_999;
    await verify('a');
    expect(state.asked).toBe(1);
    state.now = start + 300_000;
    await verify('a');
    expect(state.asked).toBe(2);
  });

  test('is refused as soon as its session has ended, and others are not', async () => {
    const { revocations, verify } = setUp();
    await verify('a');
    await verify('b');
    revocations.add({ sessionId: 'session of a', until: start + 300_000 });
    await expect(verify('a')).rejects.toMatchObject({ code: 'token_revoked' });
    expect((await verify('b')).userId).toBe('user of b');
  });

  test('is looked at again when a key was retired', async () => {
    const { state, verify } = setUp();
    await verify('a');
    state.generation = 2;
    await verify('a');
    expect(state.asked).toBe(2);
  });
});

test('a token that was verified while a key was retired is not remembered', async () => {
  const { state, verify } = setUp();
  const verifying = verify('a');
  state.generation = 2;
  await verifying;
  await verify('a');
  expect(state.asked).toBe(2);
});

test('a token of an ended session is refused the first time too', async () => {
  const { revocations, verify } = setUp();
  revocations.add({ sessionId: 'session of a', until: start + 300_000 });
  await expect(verify('a')).rejects.toMatchObject({
    code: 'token_revoked',
    message: 'The session of the access token has ended',
  });
});

test('while it is not known which sessions have ended, nobody is let in, and afterwards they are', async () => {
  const { state, verify } = setUp();
  await verify('a');
  state.fresh = false;
  await expect(verify('a')).rejects.toMatchObject({
    code: 'unavailable',
    message: 'It is not known which sessions have ended.',
    headers: { 'retry-after': '5' },
  });
  await expect(verify('bad')).rejects.toMatchObject({ code: 'token_invalid' });
  state.fresh = true;
  expect((await verify('a')).userId).toBe('user of a');
});

test('no more are remembered than the bound, and the oldest goes first', async () => {
  const { state, verify } = setUp(2);
  for (const token of ['a', 'b', 'c']) await verify(token);
  state.asked = 0;
  await verify('b');
  await verify('c');
  expect(state.asked).toBe(0);
  await verify('a');
  expect(state.asked).toBe(1);
});

test('a token whose key was retired while it was verified is not remembered, also when another request came first', async () => {
  const state = { generation: 1, asked: 0 };
  const { promise, resolve } = Promise.withResolvers<void>();
  const verify = rememberVerified({
    verify: async (token): Promise<Principal> => {
      state.asked++;
      if (token === 'slow' && state.asked === 1) await promise;
      return { userId: 'ann' as UserId, sessionId: undefined, expiresAt: start / 1000 + 300 };
    },
    revocations: createRevocations(() => start),
    generation: () => state.generation,
    isFresh: () => true,
    now: () => start,
  });
  const verifying = verify('slow');
  state.generation = 2;
  await verify('quick');
  resolve();
  await verifying;
  await verify('slow');
  expect(state.asked).toBe(3);
});
