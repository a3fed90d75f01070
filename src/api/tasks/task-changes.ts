import { randomUUIDv7 } from 'node:crypto';
import type { NewTask, Task, TaskPatch } from '../../contract/task.ts';
import type { Scope, Steps } from '../../db/steps.ts';
import type { UserId } from '../principal.ts';
import type { TasksSchema } from './schema.ts';
import { indexTask } from './search.ts';
import { searchIndexOf } from './search-index.ts';
import {
  advanceVersion,
  deleteTask,
  insertTask,
  type OfTask,
  selectTask,
  selectVersion,
  setVersion,
  updateTask,
} from './statements.ts';
import { toTask } from './task-of-row.ts';

// Changes of the tasks of one owner, who is proven by an access token, as the steps of a transaction of
// theirs. Generators of the module, and none made for a request: V8 gives each that is made a prototype
// and a hidden class, of which every function that runs it has to learn.

type InTransaction = Scope<TasksSchema>;

/**
 * Thrown where there is nothing to change. The owner's version has grown by then: the transaction must
 * not be committed.
 */
export class NothingChanged extends Error {}

/** `undefined` where the owner has no such task. */
export function* readTask(scope: InTransaction, task: OfTask): Steps<Task | undefined> {
  const [row] = yield* selectTask.step(scope, task);
  return row && toTask(row);
}

/** @throws {NothingChanged} where the owner has a task with this id already. */
export function* createTask(
  scope: InTransaction,
  owner: UserId,
  { id = randomUUIDv7(), title, description = '', completed = false }: NewTask,
  now = Date.now,
): Steps<Task> {
  const time = now();
  const search = searchIndexOf(scope.db);
  const task = {
    ...(search.ofNewTask && (yield* search.ofNewTask(scope))),
    user_id: owner,
    id,
    title,
    description,
    completed_at: completed ? time : null,
    created_at: time,
    updated_at: time,
    version: yield* nextVersion(scope, owner),
  };
  if ((yield* insertTask.count(scope, task)) === 0) throw new NothingChanged();
  yield* indexTask(scope, task);
  return toTask(task);
}

/**
 * Applies a merge patch (RFC 7396).
 * @throws {NothingChanged} where the owner has no such task, or it is not at the version that is
 *   expected.
 */
export function* changeTask(
  scope: InTransaction,
  { owner, id }: OfTask,
  patch: TaskPatch,
  expected: number | undefined,
  now = Date.now,
): Steps<Task> {
  const { title, description, completed } = patch;
  const form = {
    title: title !== undefined,
    description: description !== undefined,
    completed,
    isConditional: expected !== undefined,
  };
  const [changed] = yield* updateTask(form).step(scope, {
    owner,
    id,
    title: title ?? '',
    description: description ?? '',
    expected: expected ?? 0,
    time: now(),
    version: yield* nextVersion(scope, owner),
  });
  if (changed === undefined) throw new NothingChanged();
  if (form.title || form.description) yield* indexTask(scope, changed);
  return toTask(changed);
}

/**
 * The owner's version by that change.
 * @throws {NothingChanged} as `changeTask`.
 */
export function* removeTask(
  scope: InTransaction,
  { owner, id }: OfTask,
  expected: number | undefined,
): Steps<number> {
  const version = yield* nextVersion(scope, owner);
  const statement = deleteTask({ isConditional: expected !== undefined });
  const [deleted] = yield* statement.step(scope, { owner, id, expected: expected ?? 0 });
  if (deleted === undefined) throw new NothingChanged();
  yield* searchIndexOf(scope.db).remove(scope, { owner, ...deleted });
  return version;
}

/**
 * The owner's next version. Their row is written first and stays locked until the commit, so that
 * versions become visible in their order.
 */
function* nextVersion(scope: InTransaction, owner: UserId): Steps<number> {
  return (yield* nextAtOnce(scope, owner)) ?? (yield* advance(scope, owner));
}

/**
 * The same for an owner who has a version, where nobody else can write meanwhile: to read it and to
 * write it takes two thirds of the time in which SQLite writes it and gives it back.
 */
function* nextAtOnce(scope: InTransaction, owner: UserId): Steps<number | undefined> {
  if (scope.connection === undefined) return undefined;
  const [owned] = yield* selectVersion.step(scope, { owner });
  if (owned === undefined) return undefined;
  const version = owned.version + 1;
  yield* setVersion.count(scope, { owner, version });
  return version;
}

function* advance(scope: InTransaction, owner: UserId): Steps<number> {
  const [owned] = yield* advanceVersion.step(scope, { owner });
  if (owned === undefined) throw new Error('An owner has no version.');
  return owned.version;
}
