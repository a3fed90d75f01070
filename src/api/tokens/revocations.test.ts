import { expect, test } from 'vitest';
import { createRevocations, everySession, rememberedBeyondMs } from './revocations.ts';

const start = 1_800_000_000_000;
const alive = (sessionId?: string, seconds = 300) => ({
  sessionId,
  expiresAt: start / 1000 + seconds,
});

test('a token of an ended session is refused until none can be alive, and no other is', () => {
  let now = start;
  const revocations = createRevocations(() => now);
  revocations.add({ sessionId: 'a', until: start + 1000 });
  expect(revocations.has(alive('a'))).toBe(true);
  expect(revocations.has(alive('b'))).toBe(false);
  expect(revocations.has(alive(undefined))).toBe(false);
  now = start + 1000 + rememberedBeyondMs - 1;
  expect(revocations.has(alive('a'))).toBe(true);
  now++;
  expect(revocations.has(alive('a'))).toBe(false);
});

test('when every session has ended, every token of that time is refused, and later ones are not', () => {
  const revocations = createRevocations(() => start, 1);
  revocations.add({ sessionId: everySession, until: start + 300_000 });
  revocations.add({ sessionId: 'a', until: start + 1000 });
  revocations.add({ sessionId: 'b', until: start + 1000 });
  expect(revocations.has(alive('c', 300))).toBe(true);
  expect(revocations.has(alive(undefined, 300))).toBe(true);
  expect(revocations.has(alive('c', 301))).toBe(false);
});

test('a revocation that has run out is not remembered', () => {
  const revocations = createRevocations(() => start, 1);
  revocations.add({ sessionId: 'old', until: start - rememberedBeyondMs });
  revocations.add({ sessionId: 'a', until: start + 1000 });
  expect(revocations.has(alive('a'))).toBe(true);
});

test('entries that ran out make room for others', () => {
  let now = start;
  const revocations = createRevocations(() => now, 2);
  revocations.add({ sessionId: 'a', until: start + 1000 });
  revocations.add({ sessionId: 'b', until: start + 2000 });
  now = start + 1500 + rememberedBeyondMs;
  revocations.add({ sessionId: 'c', until: start + 3000 });
  expect(revocations.has(alive('b'))).toBe(true);
  expect(revocations.has(alive('c'))).toBe(true);
  expect(revocations.has(alive('d'))).toBe(false);
});

test('when there is no room every token of the moment is refused, and later ones are not', () => {
  const revocations = createRevocations(() => start, 2);
  // The latest end counts, in whatever order they came.
  for (const [sessionId, seconds] of [
    ['a', 290],
    ['b', 300],
    ['c', 280],
  ] as const) {
    revocations.add({ sessionId, until: start + seconds * 1000 });
  }
  for (const sessionId of ['a', 'b', 'c', 'd', undefined]) {
    expect(revocations.has(alive(sessionId))).toBe(true);
  }
  expect(revocations.has(alive('d', 301))).toBe(false);
  // There is room again: the sessions of then are not remembered one by one any more.
  expect(revocations.has(alive('a', 301))).toBe(false);
});

test('whoever watches a session is told when it ends, and not of others', () => {
  const revocations = createRevocations(() => start);
  const told: string[] = [];
  revocations.watch('a', () => told.push('first'));
  const stop = revocations.watch('a', () => told.push('second'));
  revocations.watch('b', () => told.push('other'));
  stop();
  stop();
  revocations.add({ sessionId: 'a', until: start + 1000 });
  expect(told).toEqual(['first']);
});

test('when there is no room everybody who watches is told', () => {
  const revocations = createRevocations(() => start, 1);
  const told: string[] = [];
  for (const name of ['b', 'c']) revocations.watch(name, () => told.push(name));
  revocations.add({ sessionId: 'a', until: start + 1000 });
  expect(told).toEqual([]);
  revocations.add({ sessionId: 'd', until: start + 1000 });
  expect(told).toEqual(['b', 'c']);
});

test('nothing is left of somebody who watches no more', () => {
  const revocations = createRevocations(() => start);
  const told: string[] = [];
  const stop = revocations.watch('a', () => told.push('before'));
  stop();
  revocations.watch('a', () => told.push('after'));
  // What was stopped before is not there to be stopped again.
  stop();
  revocations.add({ sessionId: 'a', until: start + 1000 });
  expect(told).toEqual(['after']);
});

test('after a restore every session has ended, and whoever watches is told so', () => {
  const revocations = createRevocations(() => start);
  const told: string[] = [];
  for (const name of ['a', 'b']) revocations.watch(name, () => told.push(name));
  revocations.add({ sessionId: everySession, until: start + 300_000 });
  expect(told).toEqual(['a', 'b']);
  for (const sessionId of ['a', 'c', undefined]) {
    expect(revocations.has(alive(sessionId, 300))).toBe(true);
    expect(revocations.has(alive(sessionId, 301))).toBe(false);
  }
});

test('says how many ended sessions it holds', () => {
  const revocations = createRevocations(() => start);
  for (const sessionId of ['a', 'b', 'a']) revocations.add({ sessionId, until: start + 1000 });
  expect(revocations.size()).toBe(2);
});

test('the same session again takes no room', () => {
  const revocations = createRevocations(() => start, 1);
  revocations.add({ sessionId: 'a', until: start + 1000 });
  revocations.add({ sessionId: 'a', until: start + 2000 });
  expect(revocations.has(alive('b'))).toBe(false);
});

test('a revocation that has run out takes no room, so that nobody is refused for it', () => {
  const revocations = createRevocations(() => start, 1);
  revocations.add({ sessionId: 'a', until: start + 300_000 });
  revocations.add({ sessionId: 'old', until: start - rememberedBeyondMs });
  expect(revocations.has(alive('b'))).toBe(false);
  expect(revocations.has(alive('a'))).toBe(true);
});
