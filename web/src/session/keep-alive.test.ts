import { beforeEach, expect, test } from 'vitest';
import { NetworkFailure, SessionEnded } from '../api/failures.ts';
import { fakeClock, quiet } from '../outbox/fake-clock.ts';
import { type KeepAlive, keepAlive } from './keep-alive.ts';

const renewEveryMs = 240_000;
const hourMs = 3_600_000;

let clock: ReturnType<typeof fakeClock>;
let alive: KeepAlive;
/** When each token was asked for, in milliseconds. */
let asked: number[];
/** How old a token each of them was content with. */
let maxAges: (number | undefined)[];
let get: () => Promise<string>;
let lifeMs: number;
let visible: boolean;

beforeEach(() => {
  clock = fakeClock();
  asked = [];
  maxAges = [];
  get = async () => 'token';
  lifeMs = renewEveryMs;
  visible = true;
  let dueAtMs = 0;
  alive = keepAlive({
    tokens: {
      async get(maxAgeMs) {
        asked.push(clock.now());
        maxAges.push(maxAgeMs);
        const token = await get();
        dueAtMs = clock.now() + lifeMs;
        return token;
      },
      dueInMs: () => dueAtMs - clock.now(),
    },
    isVisible: () => visible,
    schedule: clock.schedule,
  });
});

test('nothing is asked before somebody looks', async () => {
  await clock.pass(hourMs);
  expect(asked).toEqual([]);
});

test('a token is renewed whenever it is due', async () => {
  alive.look();
  await clock.pass(3 * renewEveryMs);
  expect(asked).toEqual([0, 1, 2, 3].map((times) => times * renewEveryMs));
});

test('whoever looks asks whether the session goes on; the timer leaves a token alone that another tab was given', async () => {
  alive.look();
  await clock.pass(renewEveryMs);
  expect(maxAges).toEqual([30_000, undefined]);
});

test('looking again asks at once and leaves one timer', async () => {
  alive.look();
  await clock.pass(1_000);
  alive.look();
  alive.look();
  await quiet();
  expect(asked).toEqual([0, 1_000, 1_000]);
  expect(clock.due()).toEqual([renewEveryMs]);
});

test('a token that is due at once is not asked for without end', async () => {
  lifeMs = 0;
  alive.look();
  await clock.pass(10_000);
  expect(asked).toHaveLength(11);
});

test('the end of the session is found out by the timer, and then nothing is asked', async () => {
  alive.look();
  await quiet();
  get = () => Promise.reject(new SessionEnded('over'));
  await clock.pass(hourMs);
  expect(asked).toEqual([0, renewEveryMs]);
  expect(clock.due()).toEqual([]);
});

test('a session that goes on is kept alive again', async () => {
  get = () => Promise.reject(new SessionEnded('over'));
  alive.look();
  await quiet();
  get = async () => 'token';
  alive.look();
  await clock.pass(renewEveryMs);
  expect(asked).toEqual([0, 0, renewEveryMs]);
});

test('without an answer it is looked again after 15 seconds', async () => {
  get = () => Promise.reject(new NetworkFailure('unreachable'));
  alive.look();
  await clock.pass(30_000);
  expect(asked).toEqual([0, 15_000, 30_000]);
});

test('a page that nobody sees asks nothing, until it is seen again', async () => {
  visible = false;
  alive.look();
  await clock.pass(hourMs);
  expect(asked).toEqual([]);
  visible = true;
  alive.look();
  await quiet();
  expect(asked).toEqual([hourMs]);
});

test('a page that is hidden asks nothing when the time comes', async () => {
  alive.look();
  await quiet();
  visible = false;
  await clock.pass(hourMs);
  expect(asked).toEqual([0]);
  expect(clock.due()).toEqual([]);
});

test('after the stop nothing is asked, also when an answer was under way', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  get = () => promise;
  alive.look();
  alive.stop();
  resolve('token');
  await clock.pass(hourMs);
  alive.look();
  await clock.pass(hourMs);
  expect(asked).toEqual([0]);
});

test('the stop takes the timer along', async () => {
  alive.look();
  await quiet();
  alive.stop();
  expect(clock.due()).toEqual([]);
});
