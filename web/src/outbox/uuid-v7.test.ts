import { expect, test } from 'vitest';
import { taskIdPattern } from '../../../src/contract/task.ts';
import { createUuidV7 } from './uuid-v7.ts';

const ones = (count: number) => new Uint8Array(count).fill(0xff);

test('an id is what the contract calls a task id, and begins with the time', () => {
  const id = createUuidV7(() => 0x0123_4567_89ab, ones)();
  expect(id).toMatch(new RegExp(taskIdPattern));
  expect(id).toBe('01234567-89ab-7fff-bfff-ffffffffffff');
});

test('ids grow while the clock stands still and when it is set back', () => {
  const times = [1_000_000, 1_000_000, 500_000, 2_000_000];
  const next = createUuidV7(() => times.shift() ?? 0, ones);
  const ids = [next(), next(), next(), next()];
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(4);
});
