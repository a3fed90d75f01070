import { expect, test } from 'vitest';
import type { Task } from '../../../../src/contract/task.ts';
import { NetworkFailure } from '../../api/failures.ts';
import { type EditDraft, openEdit, putEdit } from './drafts.ts';
import { keepMine, leaveEdit, saveEdit } from './edit-task.ts';
import { fakeRoom, problemOf, taskOf } from './fake-room.ts';
import type { TaskRoom } from './task-room.ts';

const task = taskOf(1, { title: 'Old', description: 'words', version: 4 });
const stale = (current: Task) => problemOf(412, { code: 'version_stale', current });

function editOf(room: TaskRoom): EditDraft | undefined {
  return room.drafts.get().edits[task.id];
}

function openWith(room: TaskRoom, text: Partial<EditDraft>): void {
  openEdit(room.drafts, task);
  const edit = editOf(room);
  if (edit) putEdit(room.drafts, { ...edit, ...text });
}

test('only what was changed is sent, for the version it was read in', async () => {
  const room = fakeRoom({ ...task, title: 'New', version: 5 });
  openWith(room, { title: 'New' });
  await saveEdit(room, task.id);
  expect(room.calls).toEqual([
    {
      id: 'updateTask',
      input: { params: { taskId: task.id }, body: { title: 'New' }, ifMatch: '"4"' },
    },
  ]);
  expect(editOf(room)).toBeUndefined();
});

test('an editor without changes closes without a request', async () => {
  const room = fakeRoom();
  openWith(room, {});
  await saveEdit(room, task.id);
  expect(room.calls).toEqual([]);
  expect(editOf(room)).toBeUndefined();
});

test('saving twice at once sends once', async () => {
  const room = fakeRoom({ ...task, title: 'New', version: 5 });
  openWith(room, { title: 'New' });
  await Promise.all([saveEdit(room, task.id), saveEdit(room, task.id)]);
  expect(room.calls).toHaveLength(1);
});

test('a blank title stays in the editor with the reason', async () => {
  const room = fakeRoom();
  openWith(room, { title: ' ' });
  await saveEdit(room, task.id);
  expect(editOf(room)).toMatchObject({ title: ' ', titleError: 'Write a title first.' });
});

test('text survives a failure of the network', async () => {
  const room = fakeRoom(new NetworkFailure('timeout'));
  openWith(room, { title: 'New', description: 'more words' });
  await saveEdit(room, task.id);
  expect(editOf(room)).toMatchObject({ title: 'New', description: 'more words', saving: false });
  expect(editOf(room)?.error).toContain('did not answer in time');
});

test('a change elsewhere to the same text is shown and not overwritten', async () => {
  const theirs = { ...task, title: 'Theirs', version: 7 };
  const room = fakeRoom(stale(theirs));
  openWith(room, { title: 'Mine' });
  await saveEdit(room, task.id);
  expect(editOf(room)).toMatchObject({ title: 'Mine', theirs, saving: false });
  await saveEdit(room, task.id);
  expect(room.calls).toHaveLength(1);
});

test('keeping mine saves over the version that was shown', async () => {
  const theirs = { ...task, title: 'Theirs', version: 7 };
  const room = fakeRoom(stale(theirs), { ...task, title: 'Mine', version: 8 });
  openWith(room, { title: 'Mine' });
  await saveEdit(room, task.id);
  const edit = editOf(room);
  if (edit) await keepMine(room, edit);
  expect(room.calls[1]?.input).toMatchObject({ body: { title: 'Mine' }, ifMatch: '"7"' });
  expect(editOf(room)).toBeUndefined();
});

test('changes to different text are both kept', async () => {
  const theirs = { ...task, description: 'their words', version: 7 };
  const room = fakeRoom(stale(theirs), { ...theirs, title: 'Mine', version: 8 });
  openWith(room, { title: 'Mine' });
  await saveEdit(room, task.id);
  expect(room.calls[1]?.input).toMatchObject({ body: { title: 'Mine' }, ifMatch: '"7"' });
  expect(editOf(room)).toBeUndefined();
});

test('a change whose first answer was lost is recognised as saved', async () => {
  const room = fakeRoom(stale({ ...task, title: 'Mine', version: 5 }));
  openWith(room, { title: 'Mine' });
  await saveEdit(room, task.id);
  expect(room.calls).toHaveLength(1);
  expect(editOf(room)).toBeUndefined();
});

test('a task that keeps changing is tried a bounded number of times', async () => {
  const changes = [5, 6, 7, 8, 9].map((version) => stale({ ...task, version }));
  const room = fakeRoom(...changes);
  openWith(room, { title: 'Mine' });
  await saveEdit(room, task.id);
  expect(room.calls).toHaveLength(3);
  expect(editOf(room)).toMatchObject({ title: 'Mine', saving: false });
});

test('text for a task that was deleted elsewhere can be saved as a new one', async () => {
  const room = fakeRoom(problemOf(404), taskOf(2, { title: 'Mine' }));
  openWith(room, { title: 'Mine' });
  await saveEdit(room, task.id);
  expect(editOf(room)?.error).toContain('deleted elsewhere');
  await saveEdit(room, task.id);
  expect(room.calls[1]).toMatchObject({
    id: 'createTask',
    input: { body: { title: 'Mine', description: 'words' } },
  });
  expect(editOf(room)).toBeUndefined();
});

test('discarded text can be had back', () => {
  const room = fakeRoom();
  openWith(room, { title: 'Mine' });
  const edit = editOf(room);
  if (edit) leaveEdit(room, edit);
  expect(editOf(room)).toBeUndefined();
  room.notice.get()?.undo?.();
  expect(editOf(room)).toMatchObject({ title: 'Mine' });
});
