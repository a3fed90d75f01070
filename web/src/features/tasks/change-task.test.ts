import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NetworkFailure } from '../../api/failures.ts';
import { deleteTask, setCompleted } from './change-task.ts';
import { fakeRoom, problemOf, taskOf } from './fake-room.ts';
import { taskListKey } from './task-cache.ts';
import type { TaskPages, TaskStatus } from './task-pages.ts';
import type { TaskRoom } from './task-room.ts';

const task = taskOf(1, { version: 4 });
const done = { ...task, completed: true, version: 5 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function roomWithList(...answers: unknown[]) {
  const room = fakeRoom(...answers);
  for (const status of ['open', 'all'] as const) {
    room.queries.setQueryData<TaskPages>(taskListKey(status), {
      pages: [{ data: [task], nextCursor: null }],
      pageParams: [undefined],
    });
  }
  return room;
}

function listed(room: TaskRoom, status: TaskStatus) {
  const pages = room.queries.getQueryData<TaskPages>(taskListKey(status));
  return pages?.pages.flatMap((page) => page.data);
}

async function settle(work: Promise<unknown>): Promise<void> {
  await vi.runAllTimersAsync();
  await work;
}

test('a task shows as completed at once and leaves the open ones when it is', async () => {
  const room = roomWithList(done);
  const completing = setCompleted(room, task, true);
  expect(listed(room, 'open')).toEqual([{ ...task, completed: true }]);
  await settle(completing);
  expect(listed(room, 'open')).toEqual([]);
  expect(listed(room, 'all')).toEqual([done]);
  expect(room.calls).toEqual([
    { id: 'updateTask', input: { params: { taskId: task.id }, body: { completed: true } } },
  ]);
});

test('completing can be undone', async () => {
  const room = roomWithList(done, { ...task, version: 6 });
  await settle(setCompleted(room, task, true));
  room.notice.get()?.undo?.();
  await vi.runAllTimersAsync();
  expect(listed(room, 'open')).toEqual([{ ...task, version: 6 }]);
});

test('a change that failed is taken back and said', async () => {
  const room = roomWithList(new NetworkFailure('unreachable'));
  await settle(setCompleted(room, task, true));
  expect(listed(room, 'open')).toEqual([task]);
  expect(room.notice.get()).toMatchObject({ tone: 'failed' });
});

test('a task is deleted in the version that was seen', async () => {
  const room = roomWithList(undefined);
  expect(await deleteTask(room, task)).toBeUndefined();
  expect(room.calls).toEqual([
    { id: 'deleteTask', input: { params: { taskId: task.id }, ifMatch: '"4"' } },
  ]);
  expect(listed(room, 'all')).toEqual([]);
});

test('a task that changed elsewhere is shown again instead of deleted', async () => {
  const current = { ...task, title: 'Theirs', version: 9 };
  const room = roomWithList(problemOf(412, { code: 'version_stale', current }));
  expect(await deleteTask(room, task)).toContain('changed elsewhere');
  expect(listed(room, 'all')).toEqual([current]);
});

test('a task that was deleted elsewhere counts as deleted', async () => {
  const room = roomWithList(problemOf(404));
  expect(await deleteTask(room, task)).toBeUndefined();
  expect(listed(room, 'all')).toEqual([]);
});

test('a task that could not be deleted stays', async () => {
  const room = roomWithList(new NetworkFailure('timeout'));
  expect(await deleteTask(room, task)).toContain('did not answer');
  expect(listed(room, 'all')).toEqual([task]);
});
