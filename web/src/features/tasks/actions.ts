import type { Task } from '../../../../src/contract/task.ts';
import {
  closeEditor,
  type Draft,
  holdsWords,
  submitCompletion,
  submitDeletion,
  submitEditor,
  submitNewTask,
} from '../../drafts/drafts.ts';
import { quoted, type TaskRoom } from './task-room.ts';

/** Adds what stands in the "New task" field; the field is free for the next one at once. */
export function addTask(room: TaskRoom): void {
  const title = submitNewTask(room);
  if (title !== undefined) room.notice.set({ text: `Added ${quoted(title)}` });
}

/** Saves what an editor holds; it stays open with what is wrong if that cannot be saved. */
export function saveEditor(room: TaskRoom, draft: Draft): void {
  const closed = submitEditor(room, draft);
  if (closed && holdsWords(draft)) room.notice.set({ text: `Saved ${quoted(draft.mine.title)}` });
}

/** Leaves an editor without saving; text that differs can be had back. */
export function leaveEditor(room: TaskRoom, draft: Draft): void {
  closeEditor(room, draft);
  if (!holdsWords(draft)) return;
  const undo = () => room.changes.write([draft]);
  room.notice.set({ text: `Changes to ${quoted(draft.mine.title)} discarded`, undo });
}

export function setCompleted(room: TaskRoom, task: Task, completed: boolean): void {
  submitCompletion(room, task, completed);
  const undo = () => setCompleted(room, { ...task, completed }, !completed);
  const text = `${completed ? 'Completed' : 'Reopened'} ${quoted(task.title)}`;
  room.notice.set({ text, undo });
}

export function deleteTask(room: TaskRoom, task: Task): void {
  submitDeletion(room, task);
  room.notice.set({ text: `Deleted ${quoted(task.title)}` });
}
