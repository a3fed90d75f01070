import type { Task } from '../../../../src/contract/task.ts';
import type { EditDraft } from './drafts.ts';

/**
 * The person's text on top of the task as it is now. A field they did not touch takes the current
 * text; one that only they touched keeps theirs; where both changed the same field differently,
 * their own text stays and `theirs` holds the other for them to choose.
 */
export function rebase(edit: EditDraft, current: Task): EditDraft {
  const title = mergeField(edit.title, edit.base.title, current.title);
  const description = mergeField(edit.description, edit.base.description, current.description);
  const { theirs: _settled, ...rest } = edit;
  const rebased = { ...rest, base: current, title: title.text, description: description.text };
  return title.conflict || description.conflict ? { ...rebased, theirs: current } : rebased;
}

function mergeField(mine: string, base: string, theirs: string) {
  if (mine === base) return { text: theirs, conflict: false };
  return { text: mine, conflict: theirs !== base && theirs !== mine };
}
