import type { Task } from '../../../src/contract/task.ts';
import { hasWords } from '../../../src/contract/words.ts';
import { byOrder, type Change, type Deletion, type Edit, sameContent } from './change.ts';

export type TaskStatus = 'open' | 'completed' | 'all';

/** A task as the person left it, with what of that the server does not have yet. */
export interface ShownTask {
  task: Task;
  /** Its changes in their order, drafts aside; empty when the server has everything. */
  unsent: readonly Change[];
}

/** Whether a list of this status has this task; with words, a search for them in that list. */
export function belongs(task: Task, status: TaskStatus, words?: readonly string[]): boolean {
  if (status !== 'all' && task.completed !== (status === 'completed')) return false;
  return words === undefined || hasWords(task, words);
}

/**
 * The list as the person left it: the tasks the server gave, with what waits to be sent on top. A
 * change that needs the person, contested or refused, shows in every list, over the task as the
 * server has it; so does a task with an open editor that holds words.
 */
export function showChanges(
  listed: readonly Task[],
  changes: readonly Change[],
  status: TaskStatus,
  words?: readonly string[],
): ShownTask[] {
  const tasks = new Map(listed.map((task) => [task.id, task]));
  const unsent = changesByTask(changes);
  for (const [taskId, own] of unsent) {
    const known = tasks.get(taskId) ?? startOf(own);
    if (known) tasks.set(taskId, known);
  }
  const shown = [...tasks.values()].flatMap((task): ShownTask[] => {
    const own = unsent.get(task.id) ?? [];
    const result = applyChanges(task, own);
    const stays =
      own.some(needsThePerson) || (result !== undefined && belongs(result, status, words));
    return stays
      ? [{ task: result ?? task, unsent: own.filter(({ state }) => state !== 'typed') }]
      : [];
  });
  return shown.sort((one, other) => (one.task.id < other.task.id ? 1 : -1));
}

function changesByTask(changes: readonly Change[]): Map<string, Change[]> {
  const byTask = new Map<string, Change[]>();
  for (const change of [...changes].sort(byOrder)) {
    // A new task that is being typed, or was refused, has a place of its own above the list.
    if (change.kind === 'add' && (change.state === 'typed' || change.state === 'refused')) continue;
    byTask.set(change.taskId, [...(byTask.get(change.taskId) ?? []), change]);
  }
  return byTask;
}

/** What changes to a task the list does not have begin with, wherever an open editor began. */
function startOf(changes: readonly Change[]): Task | undefined {
  const addition = changes.find(({ kind }) => kind === 'add');
  if (addition) return taskOfAddition(addition);
  return changes.find((change) => change.kind !== 'add')?.base;
}

function taskOfAddition({ taskId, mine }: Change): Task {
  const at = new Date(createdAtMs(taskId)).toISOString();
  const completedAt = mine.completed ? at : null;
  return { id: taskId, ...mine, completedAt, createdAt: at, updatedAt: at, version: 0 };
}

/** The instant inside a UUIDv7 (RFC 9562 §5.7): its first 48 bits, in milliseconds. */
function createdAtMs(uuid: string): number {
  return Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16);
}

/** The task with its changes; undefined once it is deleted. */
function applyChanges(task: Task, changes: readonly Change[]): Task | undefined {
  let shown: Task | undefined = task;
  for (const change of changes) {
    if (change.state !== 'waiting' && change.state !== 'sending') continue;
    if (change.kind === 'delete') shown = undefined;
    else if (shown && change.kind === 'edit') shown = withEdit(shown, change);
  }
  return shown;
}

/** Only what the person touched: what has come from elsewhere since stays visible. */
function withEdit(task: Task, { mine, base }: Edit): Task {
  return {
    ...task,
    ...(mine.title !== base.title && { title: mine.title }),
    ...(mine.description !== base.description && { description: mine.description }),
    ...(mine.completed !== base.completed && { completed: mine.completed }),
  };
}

function needsThePerson(change: Change): boolean {
  if (change.state === 'conflict' || change.state === 'refused') return true;
  return (
    change.state === 'typed' && change.kind === 'edit' && !sameContent(change.mine, change.base)
  );
}

/** A contested or refused change to a task that exists: it is settled where the task stands. */
export function openQuestion(unsent: readonly Change[]): Edit | Deletion | undefined {
  return unsent.find(
    (change): change is Edit | Deletion =>
      change.kind !== 'add' && (change.state === 'conflict' || change.state === 'refused'),
  );
}
