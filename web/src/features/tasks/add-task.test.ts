import { expect, test } from 'vitest';
import { NetworkFailure } from '../../api/failures.ts';
import { addTask, saveUnsaved } from './add-task.ts';
import { changeNext } from './drafts.ts';
import { fakeRoom, problemOf, taskOf } from './fake-room.ts';
import type { TaskRoom } from './task-room.ts';

function type(room: TaskRoom, title: string): void {
  changeNext(room.drafts, { id: room.drafts.get().next.id, title });
}

const offline = new NetworkFailure('unreachable');

test('the field is free at once, and the task is held until it is saved', async () => {
  const room = fakeRoom(taskOf(1));
  type(room, ' Buy milk ');
  const adding = addTask(room);
  expect(room.drafts.get().next.title).toBe('');
  expect(room.drafts.get().unsaved).toEqual([{ id: 'new-1', title: ' Buy milk ' }]);
  await adding;
  expect(room.drafts.get().unsaved).toEqual([]);
  expect(room.calls).toEqual([
    { id: 'createTask', input: { body: { id: 'new-1', title: ' Buy milk ' } } },
  ]);
});

test('a blank title is refused beside the field and not sent', async () => {
  const room = fakeRoom();
  type(room, ' \t ');
  await addTask(room);
  expect(room.drafts.get().next).toMatchObject({ title: ' \t ', error: 'Write a title first.' });
  expect(room.calls).toEqual([]);
});

test('text that could not be saved comes back to the field with the reason', async () => {
  const room = fakeRoom(offline);
  type(room, 'Buy milk');
  await addTask(room);
  const { next, unsaved } = room.drafts.get();
  expect(next).toMatchObject({ id: 'new-1', title: 'Buy milk' });
  expect(next.error).toContain('cannot be reached');
  expect(unsaved).toEqual([]);
});

test('text that could not be saved waits while the next task is being typed', async () => {
  const room = fakeRoom(offline, taskOf(1));
  type(room, 'first');
  const adding = addTask(room);
  type(room, 'second');
  await adding;
  expect(room.drafts.get().next.title).toBe('second');
  expect(room.drafts.get().unsaved).toMatchObject([{ id: 'new-1', title: 'first' }]);
  await saveUnsaved(room, 'new-1', 'first');
  expect(room.drafts.get().unsaved).toEqual([]);
});

test('a task whose first answer was lost is not made twice', async () => {
  const saved = taskOf(1, { title: 'Buy milk' });
  const room = fakeRoom(offline, problemOf(409, { code: 'task_exists' }), saved);
  type(room, 'Buy milk');
  await addTask(room);
  await addTask(room);
  expect(room.calls.map((call) => call.id)).toEqual(['createTask', 'createTask', 'getTask']);
  expect(room.calls[1]?.input).toEqual(room.calls[0]?.input);
  expect(room.drafts.get().unsaved).toEqual([]);
});

test('a task whose first answer was lost gets the title as it was corrected since', async () => {
  const room = fakeRoom(
    offline,
    problemOf(409, { code: 'task_exists' }),
    taskOf(1, { title: 'Buy mil' }),
    taskOf(1, { title: 'Buy milk' }),
  );
  type(room, 'Buy mil');
  await addTask(room);
  type(room, 'Buy milk');
  await addTask(room);
  expect(room.calls.at(-1)).toMatchObject({
    id: 'updateTask',
    input: { params: { taskId: 'new-1' }, body: { title: 'Buy milk' } },
  });
});

test('what the server says about the title is shown beside the field', async () => {
  const errors = [{ pointer: '/title', code: 'pattern', message: 'Not this character.' }];
  const room = fakeRoom(problemOf(422, { code: 'body_invalid', errors }));
  type(room, 'x');
  await addTask(room);
  expect(room.drafts.get().next.error).toBe('Not this character.');
});
