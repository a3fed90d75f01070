import { beforeEach, describe, expect, test } from 'vitest';
import type { Lease } from '../kept/browser-store.ts';
import { createExclusively, type Exclusively } from './exclusively.ts';
import { createLeases } from './leases.ts';

let leases: Map<string, Lease>;
let nowMs: number;

beforeEach(() => {
  leases = new Map();
  nowMs = 1_000_000;
});

async function changeLease(name: string, change: (lease: Lease | undefined) => Lease | undefined) {
  const next = change(leases.get(name));
  if (next) leases.set(name, next);
  else leases.delete(name);
}

function tab(holder: string, locks?: LockManager): Exclusively {
  return createExclusively({
    locks,
    leases: createLeases({ changeLease, now: () => nowMs, holder }),
  });
}

const ways: [string, () => LockManager | undefined][] = [
  ['Web Locks', () => navigator.locks],
  ['leases', () => undefined],
];

describe.each(ways)('with %s', (_, locks) => {
  test('the work of two tabs does not overlap', async () => {
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await new Promise(setImmediate);
      log.push(`${name} ends`);
    };
    await Promise.all([tab('1', locks())('x', work('a')), tab('2', locks())('x', work('b'))]);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  test('two pieces of work of one tab do not overlap either', async () => {
    const exclusively = tab('1', locks());
    let running = 0;
    const work = async () => {
      running += 1;
      expect(running).toBe(1);
      await new Promise(setImmediate);
      running -= 1;
    };
    await Promise.all([exclusively('x', work), exclusively('x', work), exclusively('x', work)]);
  });

  test('a failure of the work is its caller’s, is not tried again, and frees the name', async () => {
    let runs = 0;
    const fail = async () => {
      runs += 1;
      throw new Error('refused');
    };
    await expect(tab('1', locks())('x', fail)).rejects.toThrow('refused');
    expect(runs).toBe(1);
    expect(await tab('2', locks())('x', async () => 'free')).toBe('free');
  });

  test('other names do not wait', async () => {
    const first = Promise.withResolvers<void>();
    const held = tab('1', locks())('x', () => first.promise);
    expect(await tab('2', locks())('y', async () => 'at once')).toBe('at once');
    first.resolve();
    await held;
  });
});

test('the lease of a tab that is gone lapses', async () => {
  leases.set('x', { holder: 'gone', until: nowMs + 20_000 });
  const mine = tab('1')('x', async () => 'mine');
  nowMs += 20_000;
  expect(await mine).toBe('mine');
});

test('a lease from before the clock was set back does not last for ever', async () => {
  leases.set('x', { holder: 'gone', until: nowMs + 3_600_000 });
  expect(await tab('1')('x', async () => 'mine')).toBe('mine');
});

test('where there is neither, the work runs', async () => {
  const exclusively = createExclusively({
    locks: undefined,
    leases: createLeases({
      changeLease: () => Promise.reject(new Error('no storage')),
      now: () => nowMs,
      holder: '1',
    }),
  });
  expect(await exclusively('x', async () => 'done')).toBe('done');
});
