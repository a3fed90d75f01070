import type { Task } from '../../../src/contract/task.ts';
import { isTask, membersOf } from '../api/parse-problem.ts';
import { type ChangeEvent, type ChangeState, changeStates, stepOf } from './change-states.ts';

/** The members of a task that a person changes. */
export const taskFields = ['title', 'description', 'completed'] as const;
export type TaskField = (typeof taskFields)[number];
export type TaskContent = Pick<Task, TaskField>;

/** Why the server did not take a change, beside the field it is about where it is about one. */
export interface Refusal {
  message?: string;
  title?: string;
  description?: string;
  /** The task it is about is not there any more. */
  gone?: boolean;
}

interface Common {
  id: string;
  taskId: string;
  state: Exclude<ChangeState, 'saved'>;
  /** Changes go out from the lowest to the highest; set when the person hands one over. */
  order: number;
  /** The Idempotency-Key: the same for the same request, another when its content is another. */
  key: string;
  /** What the person wants the task to say; for a deletion, what it said. */
  mine: TaskContent;
  refusal?: Refusal;
}

/** A new task. */
export interface Addition extends Common {
  kind: 'add';
}

/** A task changed: `base` is the task as the person saw it, which an If-Match speaks of. */
export interface Edit extends Common {
  kind: 'edit';
  base: Task;
  /** The task as it is elsewhere, while the person has not said what shall stand. */
  theirs?: Task;
}

export interface Deletion extends Common {
  kind: 'delete';
  base: Task;
  theirs?: Task;
}

/** Something a person did to a task that the server does not have yet. */
export type Change = Addition | Edit | Deletion;

/** The id of the change in the "New task" field: there is one for all tabs. */
export const newTaskFieldId = 'new-task-field';

/** The change after an event. The one that saves it has none: it is not kept any more. */
export function stepped<C extends Change>(change: C, event: Exclude<ChangeEvent, 'accept'>): C {
  return { ...change, state: stepOf(change.state, event) };
}

export function contentOf(task: TaskContent): TaskContent {
  return { title: task.title, description: task.description, completed: task.completed };
}

export function sameContent(one: TaskContent, other: TaskContent): boolean {
  return taskFields.every((field) => one[field] === other[field]);
}

/** In the order in which they go out. */
export function byOrder(one: Change, other: Change): number {
  return one.order - other.order || (one.id < other.id ? -1 : 1);
}

/**
 * Reads a change as it was kept, perhaps by an older version of the page. Undefined for what is
 * none: it is left where it is, and neither shown nor sent.
 */
export function readChange(value: unknown): Change | undefined {
  const { id, taskId, state, order, key, kind, mine, base, theirs, refusal } =
    membersOf(value) ?? {};
  const states: readonly unknown[] = changeStates;
  if (typeof id !== 'string' || typeof taskId !== 'string' || typeof key !== 'string') return;
  if (!states.includes(state) || state === 'saved') return;
  if (typeof order !== 'number' || !Number.isFinite(order)) return;
  if (!isContent(mine)) return;
  const common = {
    id,
    taskId,
    key,
    order,
    state: state as Common['state'], // One of the states, as was just looked up.
    mine: contentOf(mine),
    ...(membersOf(refusal) && { refusal: readRefusal(refusal) }),
  };
  if (kind === 'add') return { ...common, kind };
  if ((kind !== 'edit' && kind !== 'delete') || !isTask(base)) return;
  return { ...common, kind, base, ...(isTask(theirs) && { theirs }) };
}

function isContent(value: unknown): value is TaskContent {
  const { title, description, completed } = membersOf(value) ?? {};
  return (
    typeof title === 'string' && typeof description === 'string' && typeof completed === 'boolean'
  );
}

function readRefusal(value: unknown): Refusal {
  const { message, title, description, gone } = membersOf(value) ?? {};
  return {
    ...(typeof message === 'string' && { message }),
    ...(typeof title === 'string' && { title }),
    ...(typeof description === 'string' && { description }),
    ...(gone === true && { gone }),
  };
}
