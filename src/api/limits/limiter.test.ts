import { describe, expect, test } from 'vitest';
import { clientNetwork } from './client-network.ts';
import { createLimiter } from './limiter.ts';

const policy = { name: 'test', quota: 3, windowSeconds: 60 };
const start = 1_800_000_000_000; // The beginning of a window.

function setUp(max?: number) {
  const clock = { now: start };
  return { clock, limiter: createLimiter(policy, () => clock.now, max) };
}

test('the quota is what gets through in a window, and the rest is told when to come back', () => {
  const { clock, limiter } = setUp();
  clock.now = start + 20_500;
  const verdicts = Array.from({ length: 5 }, () => limiter.consume('a'));
  expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
  expect(verdicts.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0]);
  expect(verdicts.at(-1)?.resetSeconds).toBe(40);
});

test('the next window begins anew', () => {
  const { clock, limiter } = setUp();
  for (let n = 0; n < 4; n++) limiter.consume('a');
  clock.now = start + 59_999;
  expect(limiter.consume('a')).toMatchObject({ allowed: false, resetSeconds: 1 });
  clock.now = start + 60_000;
  expect(limiter.consume('a')).toMatchObject({ allowed: true, remaining: 2, resetSeconds: 60 });
});

test('callers are counted apart', () => {
  const { limiter } = setUp();
  for (let n = 0; n < 4; n++) limiter.consume('a');
  expect(limiter.consume('b').allowed).toBe(true);
});

describe('with a store between processes', () => {
  test('each count is handed over once', () => {
    const { limiter } = setUp();
    limiter.consume('a');
    limiter.consume('a');
    limiter.consume('b');
    const window = start / 60_000;
    expect(limiter.takeUncounted()).toEqual([
      { bucket: 'a', window, count: 2 },
      { bucket: 'b', window, count: 1 },
    ]);
    expect(limiter.takeUncounted()).toEqual([]);
    expect(limiter.consume('a').remaining).toBe(0);
  });

  test('what others counted counts here too, and what is not handed over yet is not lost', () => {
    const { limiter } = setUp();
    limiter.learn({ bucket: 'a', window: start / 60_000, count: 1 });
    expect(limiter.consume('a').remaining).toBe(1);
    limiter.learn({ bucket: 'a', window: start / 60_000, count: 2 });
    expect(limiter.consume('a').allowed).toBe(false);
  });

  test('what belongs to another window is nothing to this one', () => {
    const { limiter } = setUp();
    const lastWindow = { bucket: 'a', window: start / 60_000 - 1, count: 3 };
    limiter.learn(lastWindow);
    expect(limiter.consume('a').remaining).toBe(2);
    limiter.learn(lastWindow);
    expect(limiter.consume('a').remaining).toBe(1);
  });

  test('what was refused is not counted', () => {
    const { limiter } = setUp();
    for (let n = 0; n < 5; n++) limiter.consume('a');
    expect(limiter.takeUncounted()).toMatchObject([{ count: 3 }]);
  });
});

test('no more callers are kept than the bound, and the oldest goes first', () => {
  const { limiter } = setUp(2);
  for (let n = 0; n < 3; n++) limiter.consume('a');
  limiter.consume('b');
  limiter.consume('c');
  expect(limiter.consume('a').allowed).toBe(true);
});

test('the oldest is who came first in this window, whoever was there before', () => {
  const { clock, limiter } = setUp(3);
  limiter.consume('a');
  clock.now = start + 60_000;
  for (const caller of ['b', 'a', 'c', 'd']) limiter.consume(caller);
  expect(limiter.consume('a').remaining).toBe(1);
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:10.20.130.240', '10.20.130.240'],
  ['2001:db8::ffff:203.0.113.9', '2001:db8:0:0::/64'],
  ['::ffff:203.0.113.9%eth0', '0:0:0:0::/64'],
  ['::3:4:5:6:7:8', '0:0:3:4::/64'],
  ['1::4:5:6:7:8', '1:0:0:4::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::ffff', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::203.0.113.9', '64:ff9b:0:0::/64'],
  ['nonsense', 'nonsense'],
])('a client at %s is counted as %s', (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
