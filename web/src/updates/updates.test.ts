import { expect, test } from 'vitest';
import { createUpdates } from './updates.ts';

const hourMs = 60 * 60 * 1000;

/** A tab whose browser only notes what it was told. */
function openTab({ controlled }: { controlled: boolean }) {
  const done: string[] = [];
  const browser = { waits: false, reachable: true, timeMs: 0 };
  const updates = createUpdates(
    {
      isWaiting: () => browser.waits,
      takeOver: () => done.push('take over'),
      look: async () => {
        done.push('look');
        if (!browser.reachable) throw new TypeError('Failed to fetch');
      },
      reload: () => done.push('reload'),
      now: () => browser.timeMs,
    },
    controlled,
  );
  const newWorkerWaits = () => {
    browser.waits = true;
    updates.waiting();
  };
  const newWorkerTakesOver = () => {
    browser.waits = false;
    updates.controlled();
  };
  return { done, browser, updates, newWorkerWaits, newWorkerTakesOver };
}

test('the first worker is no update', () => {
  const { done, updates, newWorkerTakesOver } = openTab({ controlled: false });
  newWorkerTakesOver();
  expect(updates.ready.get()).toBe(false);
  expect(done).toEqual([]);
});

test('an update is offered, and nothing happens until it is asked for', () => {
  const { done, updates, newWorkerWaits } = openTab({ controlled: true });
  newWorkerWaits();
  expect(updates.ready.get()).toBe(true);
  expect(done).toEqual([]);
});

test.each([true, false])(
  'a tab that asks for an update is loaded again once the new worker is there, and once only (brought by a worker: %s)',
  (controlled) => {
    const { done, updates, newWorkerWaits, newWorkerTakesOver } = openTab({ controlled });
    newWorkerWaits();
    updates.apply();
    expect(done).toEqual(['take over']);
    newWorkerTakesOver();
    expect(done).toEqual(['take over', 'reload']);
    newWorkerTakesOver();
    expect(done).toEqual(['take over', 'reload']);
  },
);

test('an update that another tab asked for is offered here, and needs no more than loading again', () => {
  const { done, updates, newWorkerTakesOver } = openTab({ controlled: true });
  newWorkerTakesOver();
  expect(updates.ready.get()).toBe(true);
  expect(done).toEqual([]);
  updates.apply();
  expect(done).toEqual(['reload']);
});

test('an update whose reload the person called off is still on offer', () => {
  const { done, updates, newWorkerWaits, newWorkerTakesOver } = openTab({ controlled: true });
  newWorkerWaits();
  updates.apply();
  newWorkerTakesOver();
  expect(updates.ready.get()).toBe(true);
  updates.apply();
  expect(done).toEqual(['take over', 'reload', 'reload']);
});

test('a tab looks for an update when it is in sight again, at most once an hour', async () => {
  const { done, browser, updates } = openTab({ controlled: true });
  browser.timeMs = hourMs - 1;
  await updates.visible();
  expect(done).toEqual([]);
  browser.timeMs = hourMs;
  await updates.visible();
  await updates.visible();
  expect(done).toEqual(['look']);
  browser.timeMs = 2 * hourMs;
  await updates.visible();
  expect(done).toEqual(['look', 'look']);
  expect(updates.ready.get()).toBe(false);
});

test('a look that did not reach the server is made up for the next time', async () => {
  const { done, browser, updates } = openTab({ controlled: true });
  browser.timeMs = hourMs;
  browser.reachable = false;
  await updates.visible();
  browser.reachable = true;
  await updates.visible();
  await updates.visible();
  expect(done).toEqual(['look', 'look']);
});

test.each(['waits', 'has taken over'])(
  'an update put off is offered again with the next look, while it %s',
  async (state) => {
    const { browser, updates, newWorkerWaits, newWorkerTakesOver } = openTab({ controlled: true });
    newWorkerWaits();
    if (state === 'has taken over') newWorkerTakesOver();
    updates.later();
    expect(updates.ready.get()).toBe(false);
    await updates.visible();
    expect(updates.ready.get()).toBe(false);
    browser.timeMs = hourMs;
    await updates.visible();
    expect(updates.ready.get()).toBe(true);
  },
);
