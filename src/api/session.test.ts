import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Principal, UserId } from './principal.ts';
import { sessionHandlers } from './session.ts';
import { createRevocations, type Revocations } from './tokens/revocations.ts';

let revocations: Revocations;
let session: ReturnType<typeof sessionHandlers>;

beforeEach(() => {
  vi.useFakeTimers();
  revocations = createRevocations();
  session = sessionHandlers(revocations);
});
afterEach(() => vi.useRealTimers());

/** Asks, and says after how many seconds the answer came; undefined while there is none. */
function ask(prefer: string | undefined, lifeSeconds = 300) {
  const userId = 'ann' as UserId;
  const askedAt = Date.now();
  const principal: Principal = {
    userId,
    sessionId: 'a',
    expiresAt: askedAt / 1000 + lifeSeconds,
  };
  const asked: { after?: number; answer?: unknown } = {};
  const call = { userId, principal, params: { userId }, query: undefined, body: undefined };
  void session.handlers
    .getSession({
      ...call,
      header: (name) => (name === 'prefer' ? prefer : undefined),
      db: null as never,
    })
    .catch((error: unknown) => error)
    .then((answer) => Object.assign(asked, { after: (Date.now() - askedAt) / 1000, answer }));
  return asked;
}
const goesOn = { status: 204 };
const ended = { status: 401, code: 'token_revoked' };

test.each([
  [undefined, 0],
  ['', 0],
  ['respond-async', 0],
  ['waits=9', 0],
  ['xwait=9', 0],
  ['wait=7x', 0],
  ['wait==7', 0],
  ['wait', 0],
  ['wait=', 0],
  ['wait=-1', 0],
  ['wait=1e3', 0],
  ['wait=1.5', 0],
  ['wait=9999999', 0],
  ['wait=0', 0],
  ['wait=7', 7],
  ['WAIT="7"', 7],
  ['wait = 7 ; x=1', 7],
  ['respond-async, wait=7', 7],
  // RFC 7240 §2: of a preference that is stated twice the first counts.
  ['wait=7, wait=9', 7],
  ['wait=26', 25],
  ['wait=999999', 25],
])('Prefer: %s holds the answer back for %i seconds', async (prefer, seconds) => {
  const asked = ask(prefer);
  await vi.advanceTimersByTimeAsync(Math.max(0, seconds * 1000 - 1));
  expect(asked.after).toBe(seconds === 0 ? 0 : undefined);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual({ after: seconds, answer: goesOn });
});

test('a session that has ended is refused at once, and one that ends meanwhile when it does', async () => {
  const asked = ask('wait=25');
  await vi.advanceTimersByTimeAsync(3_000);
  revocations.add({ sessionId: 'b', until: Date.now() + 300_000 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual({});
  revocations.add({ sessionId: 'a', until: Date.now() + 300_000 });
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toMatchObject({ after: 4, answer: ended });
  const later = ask('wait=25');
  await vi.advanceTimersByTimeAsync(0);
  expect(later).toMatchObject({ after: 0, answer: ended });
});

test('no wait outlives its token', async () => {
  const asked = ask('wait=25', 4);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(asked).toEqual({ after: 4, answer: goesOn });
});

test('a server that stops answers whoever waits', async () => {
  const asked = ask('wait=25');
  session.release();
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual({ after: 0, answer: goesOn });
});

test('a server that stops lets nobody begin to wait', async () => {
  session.release();
  const asked = ask('wait=25');
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toEqual({ after: 0, answer: goesOn });
});

test('nothing is left of a wait that is over', async () => {
  const stop = vi.fn();
  session = sessionHandlers({ has: () => false, watch: () => stop });
  ask('wait=5');
  expect(stop).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(stop).toHaveBeenCalledOnce();
});

test('nothing is left of a wait that the end of the session has ended', async () => {
  ask('wait=5');
  expect(vi.getTimerCount()).toBe(1);
  revocations.add({ sessionId: 'a', until: Date.now() + 300_000 });
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});
