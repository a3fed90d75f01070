import type { Task } from '../../../src/contract/task.ts';
import {
  type Addition,
  type Deletion,
  type Edit,
  sameContent,
  type TaskContent,
  type TaskField,
  taskFields,
} from './change.ts';

export interface Merged {
  /** Both sides' changes; where they contradict each other, the person's own. */
  content: TaskContent;
  /** The fields that both sides changed to something different. */
  contested: TaskField[];
}

/**
 * Puts what a person wants on top of the task as it has become, field by field: one they did not
 * touch follows the task, one that only they touched is theirs. Whether a task is completed is
 * never contested: two who changed it from the same state changed it to the same.
 */
export function merge(mine: TaskContent, base: TaskContent, theirs: TaskContent): Merged {
  const touched = taskFields.filter((field) => mine[field] !== base[field]);
  const contested = touched.filter(
    (field) => theirs[field] !== base[field] && theirs[field] !== mine[field],
  );
  const own = Object.fromEntries(touched.map((field) => [field, mine[field]]));
  const { title, description, completed } = { ...theirs, ...own };
  return { content: { title, description, completed }, contested };
}

/** The contested fields of a change that waits for the person to choose. */
export function contestedFields(mine: TaskContent, base: Task, theirs: Task): TaskField[] {
  return merge(mine, base, theirs).contested;
}

/** Whether a change cannot be made to the task as it has become without asking the person. */
export function contradicts(change: Edit | Deletion, task: Task): boolean {
  // A task is deleted as the person saw it: words they have not seen are not deleted along.
  if (change.kind === 'delete') return !sameContent(change.base, task);
  return merge(change.mine, change.base, task).contested.length > 0;
}

/** The change as it would have been made to the task as it has become. */
export function onTop<C extends Edit | Deletion>(change: C, task: Task): C {
  return { ...change, base: task, mine: merge(change.mine, change.base, task).content };
}

/** An addition that finds its own task there, with other words: a change to it, from nothing. */
export function editOfNothing(change: Addition, task: Task): Edit {
  const base = { ...task, title: '', description: '', completed: false };
  return { ...change, kind: 'edit', base };
}
