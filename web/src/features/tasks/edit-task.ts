import { type Task, type TaskPatch, taskETag } from '../../../../src/contract/task.ts';
import { explain, fieldMessage } from '../../api/explain.ts';
import { ApiProblem } from '../../api/failures.ts';
import { closeEdit, type EditDraft, isChanged, putEdit } from './drafts.ts';
import { rebase } from './rebase.ts';
import { expectTask, forgetTask, storeTask } from './task-cache.ts';
import { quoted, type TaskRoom } from './task-room.ts';
import { descriptionProblem, titleProblem } from './text-rules.ts';

/** How often one saving is tried against a task that others keep changing. */
const attemptsMax = 3;

/**
 * Saves what the editor of this task holds and closes it. Whatever fails, the editor stays open
 * with its text and says why. A change made elsewhere to the same text is never overwritten
 * unasked: it is put beside the person's own.
 */
export async function saveEdit(room: TaskRoom, taskId: string): Promise<void> {
  const edit = room.drafts.get().edits[taskId];
  if (edit === undefined || edit.saving || edit.theirs !== undefined) return;
  const checked = withRules(edit);
  if (checked.titleError !== undefined || checked.descriptionError !== undefined) {
    return putEdit(room.drafts, checked);
  }
  const saving = { ...checked, saving: true };
  putEdit(room.drafts, saving);
  try {
    const outcome = await saveMerged(room, saving, attemptsMax);
    if ('theirs' in outcome) return putEdit(room.drafts, { ...outcome, saving: false });
    await storeTask(room.queries, outcome);
    closeEdit(room.drafts, taskId);
    room.notice.set({ text: `Saved ${quoted(outcome.title)}`, tone: 'done' });
  } catch (failure) {
    putEdit(room.drafts, { ...withFailure(saving, failure, room.newId), saving: false });
  }
}

/** Saves the person's text over the one from elsewhere that they have seen. */
export function keepMine(room: TaskRoom, edit: EditDraft): Promise<void> {
  const { theirs: _seen, ...mine } = edit;
  putEdit(room.drafts, mine);
  return saveEdit(room, edit.base.id);
}

/** Leaves the editor without saving; text that differs can be had back. */
export function leaveEdit(room: TaskRoom, edit: EditDraft): void {
  closeEdit(room.drafts, edit.base.id);
  if (!isChanged(edit)) return;
  const undo = () => putEdit(room.drafts, edit);
  room.notice.set({ text: `Changes to ${quoted(edit.title)} discarded`, tone: 'done', undo });
}

type Conflict = EditDraft & { theirs: Task };

async function saveMerged(room: TaskRoom, edit: EditDraft, left: number): Promise<Task | Conflict> {
  const { api, queries, drafts } = room;
  const { title, description, base } = edit;
  if (edit.recreateId !== undefined) {
    const task = await api('createTask', { body: { id: edit.recreateId, title, description } });
    await forgetTask(queries, base.id);
    return task;
  }
  // Nothing to change, perhaps because an earlier attempt arrived although its answer did not.
  if (!isChanged(edit)) return base;
  try {
    const params = { taskId: base.id };
    return await api('updateTask', { params, body: changesOf(edit), ifMatch: taskETag(base) });
  } catch (failure) {
    const current = failure instanceof ApiProblem ? failure.problem.current : undefined;
    if (current === undefined || left <= 1) throw failure;
    await expectTask(queries, current);
    const rebased = rebase(edit, current);
    if (hasConflict(rebased)) return rebased;
    putEdit(drafts, rebased);
    return saveMerged(room, rebased, left - 1);
  }
}

function hasConflict(edit: EditDraft): edit is Conflict {
  return edit.theirs !== undefined;
}

/** Only what differs, so that a field nobody touched is not written back. */
function changesOf({ title, description, base }: EditDraft): TaskPatch {
  const patch: TaskPatch = {};
  if (title !== base.title) patch.title = title;
  if (description !== base.description) patch.description = description;
  return patch;
}

function withoutErrors(edit: EditDraft): EditDraft {
  const { error: _e, titleError: _t, descriptionError: _d, ...rest } = edit;
  return rest;
}

function withRules(edit: EditDraft): EditDraft {
  return withErrors(edit, titleProblem(edit.title), descriptionProblem(edit.description));
}

function withErrors(edit: EditDraft, title?: string, description?: string): EditDraft {
  const checked = withoutErrors(edit);
  if (title !== undefined) checked.titleError = title;
  if (description !== undefined) checked.descriptionError = description;
  return checked;
}

function withFailure(edit: EditDraft, failure: unknown, newId: () => string): EditDraft {
  if (failure instanceof ApiProblem && failure.problem.status === 404) {
    const error = 'This task was deleted elsewhere. Save again to add your text as a new task.';
    return { ...withoutErrors(edit), error, recreateId: newId() };
  }
  const title = fieldMessage(failure, '/title');
  const description = fieldMessage(failure, '/description');
  const failed = withErrors(edit, title, description);
  if (title === undefined && description === undefined) failed.error = explain(failure);
  return failed;
}
