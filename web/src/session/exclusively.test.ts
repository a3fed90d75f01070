import { expect, test } from 'vitest';
import { exclusivelyAcrossTabs } from './exclusively.ts';

test('work runs without locks', async () => {
  expect(await exclusivelyAcrossTabs(undefined)(async () => 1)).toBe(1);
});

test('a failure of the work is its caller’s, and the work is not run twice', async () => {
  let runs = 0;
  const fail = async () => {
    runs += 1;
    throw new Error('refused');
  };
  await expect(exclusivelyAcrossTabs(navigator.locks)(fail)).rejects.toThrow('refused');
  expect(runs).toBe(1);
});

test('two pieces of work do not overlap', async () => {
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    await Promise.resolve();
    log.push(`${name} ends`);
  };
  const [one, other] = [
    exclusivelyAcrossTabs(navigator.locks),
    exclusivelyAcrossTabs(navigator.locks),
  ];
  await Promise.all([one(work('a')), other(work('b'))]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});
