import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startRefresh } from './key-refresh.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Work that is done when the test says so. */
function work() {
  const finish: (() => void)[] = [];
  const start = vi.fn(() => new Promise<number>((resolve) => finish.push(() => resolve(1000))));
  return { start, finish: () => finish.shift()?.() };
}

test('work is done at once, and again after the time that it says', async () => {
  const { start, finish } = work();
  const refresh = startRefresh(start);
  expect(start).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(5000);
  expect(start).toHaveBeenCalledTimes(1);
  finish();
  await vi.advanceTimersByTimeAsync(999);
  expect(start).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(start).toHaveBeenCalledTimes(2);
  refresh.close();
});

test('who wants it while it is under way joins in', async () => {
  const { start, finish } = work();
  const refresh = startRefresh(start);
  const both = Promise.all([refresh.now(), refresh.now(), refresh.underWay()]);
  expect(start).toHaveBeenCalledTimes(1);
  finish();
  await both;
  expect(refresh.underWay()).toBeUndefined();
  void refresh.now();
  expect(start).toHaveBeenCalledTimes(2);
  refresh.close();
});

test('work that was wanted early is done next after its own time', async () => {
  const { start, finish } = work();
  const refresh = startRefresh(start);
  finish();
  await vi.advanceTimersByTimeAsync(900);
  void refresh.now();
  finish();
  await vi.advanceTimersByTimeAsync(999);
  expect(start).toHaveBeenCalledTimes(2);
  refresh.close();
});

test('once closed, what is under way is told to stop, and nothing follows', async () => {
  const { start, finish } = work();
  const refresh = startRefresh(start);
  const [signal] = start.mock.calls[0] as unknown as [AbortSignal];
  refresh.close();
  expect(signal.aborted).toBe(true);
  finish();
  await vi.advanceTimersByTimeAsync(5000);
  expect(start).toHaveBeenCalledTimes(1);
});
