import { beforeEach, expect, test } from 'vitest';
import { NetworkFailure, SessionEnded } from '../api/failures.ts';
import type { Lease } from '../kept/browser-store.ts';
import { fakeClock, quiet } from '../outbox/fake-clock.ts';
import { type EndWatch, watchForEnd } from './end-watch.ts';
import { createLeases, type Leases } from './leases.ts';

let clock: ReturnType<typeof fakeClock>;
let stored: Map<string, Lease>;
/** When each question was asked, by which tab. */
let asked: string[];
/** What the server does with a question: it waits, unless a test says otherwise. */
let answer: (waitSeconds: number) => Promise<unknown>;

interface Tab extends EndWatch {
  visible: boolean;
}

beforeEach(() => {
  clock = fakeClock();
  stored = new Map();
  asked = [];
  answer = (waitSeconds) =>
    new Promise((resolve) => clock.schedule(() => resolve(undefined), waitSeconds * 1_000));
});

function leasesOf(holder: string): Leases {
  return createLeases({
    async changeLease(name, change) {
      const next = change(stored.get(name));
      if (next) stored.set(name, next);
      else stored.delete(name);
    },
    now: clock.now,
    holder,
  });
}

function openTab(name: string, leases = leasesOf(name)): Tab {
  const tab = { visible: true } as Tab;
  const watch = watchForEnd({
    ask(waitSeconds) {
      asked.push(`${name} ${clock.now()}`);
      return answer(waitSeconds);
    },
    leases,
    isVisible: () => tab.visible,
    monotonicNow: clock.now,
    schedule: clock.schedule,
  });
  return Object.assign(tab, watch);
}

test('one question is always waiting at the server', async () => {
  openTab('a').look();
  await clock.pass(60_000);
  expect(asked).toEqual(['a 0', 'a 25250', 'a 50500']);
});

test('looking again while one waits asks nothing', async () => {
  const tab = openTab('a');
  tab.look();
  await quiet();
  tab.look();
  await clock.pass(20_000);
  expect(asked).toEqual(['a 0']);
});

test('of several tabs one asks, and when it is out of sight another', async () => {
  const [a, b] = [openTab('a'), openTab('b')];
  for (const tab of [a, b]) tab.look();
  await clock.pass(24_000);
  expect(asked).toEqual(['a 0']);
  a.visible = false;
  await clock.pass(4_000);
  expect(asked).toEqual(['a 0', 'b 26000']);
  a.visible = true;
  a.look();
  await clock.pass(20_000);
  expect(asked).toHaveLength(2);
});

test('a tab that is closed leaves its place, and one that crashed is replaced in time', async () => {
  const [a, b] = [openTab('a'), openTab('b')];
  for (const tab of [a, b]) tab.look();
  await clock.pass(1_000);
  a.stop();
  await clock.pass(1_000);
  expect(asked).toEqual(['a 0', 'b 2000']);
  stored.set('watch', { holder: 'crashed', until: clock.now() + 40_000 });
  b.stop();
  const c = openTab('c');
  c.look();
  await clock.pass(39_000);
  expect(asked).toHaveLength(2);
  await clock.pass(1_000);
  expect(asked).toEqual(['a 0', 'b 2000', 'c 42000']);
});

test('a page that nobody sees asks nothing', async () => {
  const tab = openTab('a');
  tab.visible = false;
  tab.look();
  await clock.pass(60_000);
  expect(asked).toEqual([]);
  expect(stored.size).toBe(0);
});

test.each([
  ['does not wait', async () => undefined],
  ['is out of reach', () => Promise.reject(new NetworkFailure('unreachable'))],
])('a server that %s is asked four times a minute', async (_, does) => {
  answer = does;
  openTab('a').look();
  await clock.pass(60_000);
  expect(asked).toEqual([0, 1, 2, 3, 4].map((times) => `a ${times * 15_000}`));
});

test('when the session has ended nothing is asked, until it goes on', async () => {
  answer = () => Promise.reject(new SessionEnded('over'));
  const tab = openTab('a');
  tab.look();
  await clock.pass(3_600_000);
  expect(asked).toEqual(['a 0']);
  expect(stored.size).toBe(0);
  tab.look();
  await quiet();
  expect(asked).toHaveLength(2);
});

test('a page that is closed asks nothing, also when the answer comes later', async () => {
  const tab = openTab('a');
  tab.look();
  await quiet();
  tab.stop();
  tab.look();
  await clock.pass(60_000);
  expect(asked).toEqual(['a 0']);
  expect(stored.size).toBe(0);
});

test('where nothing can be stored every tab watches', async () => {
  const refuse = () => Promise.reject(new Error('no storage'));
  const none = { take: refuse, giveBack: refuse };
  for (const name of ['a', 'b']) openTab(name, none).look();
  await clock.pass(1_000);
  expect(asked).toEqual(['a 0', 'b 0']);
});
