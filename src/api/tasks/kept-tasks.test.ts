import { expect, test } from 'vitest';
import { Task } from '../../contract/task.ts';
import { type Encoded, encoderOf } from '../encoded.ts';
import type { UserId } from '../principal.ts';
import { createKeptTasks, type KeptTask, type ListName } from './kept-tasks.ts';

const [ann, bob, cem] = ['ann', 'bob', 'cem'] as UserId[] as [UserId, UserId, UserId];
const all: ListName = { status: 'all', sort: 'newest', limit: 50 };
const open: ListName = { status: 'open', sort: 'newest', limit: 50 };
const encode = encoderOf(Task);

/** A task of this title, of which the first letter is its id. */
const task = (title: string, completed = false): Task => ({
  id: title.slice(0, 1),
  title,
  description: '',
  completed,
  completedAt: null,
  createdAt: '',
  updatedAt: '',
  version: 1,
});
const single = (title: string, id = title.slice(0, 1)): KeptTask => ({
  id,
  version: 1,
  body: encode(task(title)),
});
const page = (...titles: string[]) => ({
  tasks: titles.map((title) => task(title)),
  nextCursor: 'next',
});
const titlesOf = (sent: Encoded | undefined): string[] | undefined =>
  sent && JSON.parse(String(sent.content)).data.map(({ title }: { title: string }) => title);

test('a page is sent as what its schema says, with the way to the next one', () => {
  const kept = createKeptTasks();
  const secret = { secret: 'undeclared' };
  const tasks = [task('a'), { ...task('ä'), ...secret }];
  kept.keepPage(ann, 1, all, { tasks, nextCursor: 'next', ...secret });
  const sent = JSON.stringify({ data: [task('a'), task('ä')], nextCursor: 'next' });
  expect(String(kept.page(ann, 1, all)?.content)).toBe(sent);
  expect(kept.page(ann, 1, all)).toBe(kept.page(ann, 1, all));
});

test('a page is given to its owner, at its version, for its list, and to nothing else', () => {
  const kept = createKeptTasks();
  kept.keepPage(ann, 3, all, page('a'));
  expect(kept.page(bob, 3, all)).toBeUndefined();
  expect(kept.page(ann, 3, open)).toBeUndefined();
  expect(kept.page(ann, 3, { ...all, limit: 51 })).toBeUndefined();
  expect(kept.page(ann, 3, { ...all, sort: 'oldest' })).toBeUndefined();
  expect(titlesOf(kept.page(ann, 3, all))).toEqual(['a']);
});

test('several lists of one version are kept', () => {
  const kept = createKeptTasks();
  kept.keepPage(ann, 1, open, page('a'));
  kept.keepPage(ann, 1, all, page('b', 'a'));
  expect(titlesOf(kept.page(ann, 1, open))).toEqual(['a']);
  expect(titlesOf(kept.page(ann, 1, all))).toEqual(['b', 'a']);
});

test.each([2, 0])('what was kept at another version is gone: %i', (version) => {
  const byFinding = createKeptTasks();
  byFinding.keepPage(ann, 1, all, page());
  expect(byFinding.page(ann, version, all)).toBeUndefined();
  // Also for an owner whose versions begin again and come by the same.
  expect(byFinding.page(ann, 1, all)).toBeUndefined();

  const byKeeping = createKeptTasks();
  byKeeping.keepPage(ann, 1, all, page());
  byKeeping.keepPage(ann, version, open, page());
  byKeeping.keepPage(ann, 1, open, page());
  expect(byKeeping.page(ann, 1, all)).toBeUndefined();
});

test('a task is given to its owner alone, as it was sent last', () => {
  const kept = createKeptTasks();
  kept.keepTask(ann, single('a'));
  kept.keepTask(ann, single('abc'));
  expect(kept.task(ann, 'a')?.body.content).toContain('"abc"');
  expect(kept.task(ann, 'b')).toBeUndefined();
  expect(kept.task(bob, 'a')).toBeUndefined();
});

const completed: ListName = { ...open, status: 'completed' };

test("a change is in every page that has the task, and in nobody else's", () => {
  const kept = createKeptTasks();
  kept.keepPage(ann, 1, all, page('c', 'b', 'a'));
  kept.keepPage(ann, 1, open, page('b', 'a'));
  kept.keepPage(ann, 1, completed, { ...page('c'), nextCursor: null });
  kept.keepTask(ann, single('b'));
  kept.keepPage(bob, 1, all, page('b'));
  expect(titlesOf(kept.page(ann, 1, all))).toEqual(['c', 'b', 'a']);

  kept.changed(ann, 2, task('bread'));
  expect(titlesOf(kept.page(ann, 2, all))).toEqual(['c', 'bread', 'a']);
  expect(titlesOf(kept.page(ann, 2, open))).toEqual(['bread', 'a']);
  expect(titlesOf(kept.page(ann, 2, completed))).toEqual(['c']);
  expect(kept.task(ann, 'b')).toBeUndefined();
  expect(titlesOf(kept.page(bob, 1, all))).toEqual(['b']);
});

test('pages before a change are not given at the version before it any more', () => {
  const kept = createKeptTasks();
  kept.keepPage(ann, 1, all, page('a'));
  kept.changed(ann, 2, task('abc'));
  expect(kept.page(ann, 1, all)).toBeUndefined();
});

test.each([0, 1, 3, 4])('after a change to version %i what was read at version 1 is gone', (to) => {
  const kept = createKeptTasks();
  kept.keepPage(ann, 1, all, page('a'));
  kept.changed(ann, to, task('abc'));
  expect(titlesOf(kept.page(ann, to, all))).toEqual(to === 1 ? ['a'] : undefined);
});

test('what a change says all about needs no reading', () => {
  const kept = createKeptTasks();
  kept.keepPage(ann, 1, all, { ...page('d', 'b', 'a'), nextCursor: null });
  kept.keepPage(ann, 1, open, page('d', 'a'));
  // A completed one, that stood before the end of the page or would.
  kept.changed(ann, 2, task('c', true));
  expect(titlesOf(kept.page(ann, 2, all))).toEqual(['d', 'c', 'b', 'a']);
  expect(titlesOf(kept.page(ann, 2, open))).toEqual(['d', 'a']);
  kept.changed(ann, 3, { id: 'b' });
  expect(titlesOf(kept.page(ann, 3, all))).toEqual(['d', 'c', 'a']);
  expect(titlesOf(kept.page(ann, 3, open))).toEqual(['d', 'a']);
});

test('a task that was changed is not given as it was', () => {
  const kept = createKeptTasks();
  kept.keepTask(ann, single('a'));
  kept.changed(ann, 1, { id: 'b' });
  expect(kept.task(ann, 'a')).toBeDefined();
  kept.changed(ann, 2, { id: 'a' });
  expect(kept.task(ann, 'a')).toBeUndefined();
  kept.keepTask(ann, single('a'));
  kept.changed(ann, 3, task('abc'));
  expect(kept.task(ann, 'a')).toBeUndefined();
});

test('a change by somebody of whom nothing is kept is not kept', () => {
  const kept = createKeptTasks();
  kept.changed(ann, 1, task('a'));
  expect(kept.task(ann, 'a')).toBeUndefined();
  kept.keepTask(ann, single('a'));
  kept.changed(ann, 2, task('b'));
  expect(kept.task(ann, 'b')).toBeUndefined();
});

test('an owner has ten lists at most: the one kept first makes room', () => {
  const kept = createKeptTasks();
  for (let limit = 1; limit <= 11; limit++) kept.keepPage(ann, 1, { ...all, limit }, page('a'));
  expect(kept.page(ann, 1, { ...all, limit: 1 })).toBeUndefined();
  for (let limit = 2; limit <= 11; limit++) {
    expect(kept.page(ann, 1, { ...all, limit })).toBeDefined();
  }
});

/** A title of which a page takes so many kilobytes, at least two, and a task alone 0.3 more. */
const long = (kilobytes: number) => 'x'.repeat(kilobytes * 200 - 240);

test('the memory is bounded: owners of whom something was kept longest ago make room', () => {
  const kept = createKeptTasks(12_000, 7_000);
  kept.keepPage(ann, 1, all, page(long(4)));
  kept.keepPage(bob, 1, all, page(long(4)));
  kept.keepPage(ann, 1, open, page(long(2)));
  kept.keepPage(cem, 1, all, page(long(4)));
  expect(kept.page(bob, 1, all)).toBeUndefined();
  expect(kept.page(ann, 1, all)).toBeDefined();
  expect(kept.page(ann, 1, open)).toBeDefined();
  expect(kept.page(cem, 1, all)).toBeDefined();
});

test('owners of whom nothing but empty lists is kept make room too', () => {
  const kept = createKeptTasks(12_000, 7_000);
  const names = Array.from({ length: 20 }, (_, n) => `owner ${n}` as UserId);
  for (const name of names) kept.keepPage(name, 1, all, page());
  expect(names.filter((name) => kept.page(name, 1, all)).length).toBeLessThan(10);
});

test('an owner has no more than a share: what was kept first makes room, tasks before pages', () => {
  const kept = createKeptTasks(20_000, 10_000);
  const areThere = () => ['one', 'two', 'six'].map((id) => kept.task(ann, id) !== undefined);
  kept.keepPage(ann, 1, all, page(long(2)));
  kept.keepPage(ann, 1, open, page(long(2)));
  for (const id of ['one', 'two']) kept.keepTask(ann, single(long(2), id));
  expect(areThere()).toEqual([true, true, false]);
  kept.keepTask(ann, single(long(2), 'six'));
  expect(areThere()).toEqual([false, true, true]);
  kept.keepPage(ann, 1, { ...all, limit: 9 }, page(long(6)));
  expect(areThere()).toEqual([false, false, false]);
  expect(kept.page(ann, 1, all)).toBeUndefined();
  expect(kept.page(ann, 1, open)).toBeDefined();
  expect(kept.page(ann, 1, { ...all, limit: 9 })).toBeDefined();
});

test('what is larger than a share is not kept, and pushes nothing out', () => {
  const kept = createKeptTasks(20_000, 7_000);
  kept.keepPage(ann, 1, all, page(long(6)));
  kept.keepPage(bob, 1, all, page(long(7)));
  kept.keepPage(ann, 1, open, page(long(7)));
  expect(kept.page(bob, 1, all)).toBeUndefined();
  expect(kept.page(ann, 1, open)).toBeUndefined();
  expect(kept.page(ann, 1, all)).toBeDefined();
});

test('descriptions count as titles do', () => {
  const kept = createKeptTasks(20_000, 7_000);
  const described = { ...task('a'), description: long(7) };
  kept.keepPage(ann, 1, all, { tasks: [described], nextCursor: null });
  expect(kept.page(ann, 1, all)).toBeUndefined();
});

test('a page that a change makes larger than a share is gone', () => {
  const kept = createKeptTasks(20_000, 7_000);
  kept.keepPage(ann, 1, all, page(long(2)));
  kept.changed(ann, 2, task(long(7)));
  expect(kept.page(ann, 2, all)).toBeUndefined();
});

test('what is kept again, or changed, counts once', () => {
  const kept = createKeptTasks(13_000, 13_000);
  kept.keepPage(bob, 1, all, page(long(4)));
  for (let n = 0; n < 10; n++) {
    kept.keepPage(ann, 1, all, page(long(2)));
    kept.keepTask(ann, single(long(2)));
  }
  for (let version = 2; version < 12; version++) kept.changed(ann, version, task(long(4)));
  for (let n = 0; n < 10; n++) kept.keepTask(ann, single(long(2)));
  expect(kept.task(ann, 'x')).toBeDefined();
  expect(kept.page(ann, 11, all)).toBeDefined();
  expect(kept.page(bob, 1, all)).toBeDefined();
});

test('single tasks outlive the pages of a version, but not versions that begin again', () => {
  const kept = createKeptTasks();
  kept.keepTask(ann, single('a'));
  kept.keepPage(ann, 1, all, page('a'));
  expect(kept.page(ann, 2, all)).toBeUndefined();
  expect(kept.task(ann, 'a')).toBeDefined();
  expect(kept.page(ann, 1, all)).toBeUndefined();
  expect(kept.task(ann, 'a')).toBeUndefined();
});
