import { ProblemError } from '../../contract/problem-error.ts';
import { taskETag } from '../../contract/task.ts';
import type { Scope, Steps } from '../../db/steps.ts';
import type { ChangeHandlers } from '../changes.ts';
import { ifMatchAllows } from '../conditional.ts';
import { absent } from './absent.ts';
import type { TasksSchema } from './schema.ts';
import type { OfTask } from './statements.ts';
import { changeTask, createTask, NothingChanged, readTask, removeTask } from './task-changes.ts';

/** The changes that a caller makes to their own tasks. */
export const taskChanges: ChangeHandlers = {
  *createTask(scope, { userId, body }) {
    const task = (yield* unlessNothing(createTask(scope, userId, body))) ?? taken();
    const location = `/api/users/${encodeURIComponent(userId)}/tasks/${task.id}`;
    const headers = { etag: taskETag(task), location };
    return { answer: { status: 201, headers, body: task }, version: task.version };
  },

  *updateTask(scope, { userId, params, body, header }) {
    const own = { owner: userId, id: params.taskId };
    const task = yield* ifCurrent(scope, own, header('if-match'), (expected) =>
      changeTask(scope, own, body, expected),
    );
    const headers = { etag: taskETag(task) };
    return { answer: { status: 200, headers, body: task }, version: task.version };
  },

  *deleteTask(scope, { userId, params, header }) {
    const own = { owner: userId, id: params.taskId };
    const version = yield* ifCurrent(scope, own, header('if-match'), (expected) =>
      removeTask(scope, own, expected),
    );
    return { answer: { status: 204 }, version };
  },
};

/**
 * Makes a change under `If-Match`. The tag holds the version, so the comparison happens inside the
 * statement that changes: `change` gets the version to insist on, or none.
 * @throws {ProblemError} 404, or 412 with the task as it stands.
 */
function* ifCurrent<T>(
  scope: Scope<TasksSchema>,
  own: OfTask,
  ifMatch: string | undefined,
  change: (expected: number | undefined) => Steps<T>,
): Steps<T> {
  const current = ifMatch === undefined ? undefined : ((yield* readTask(scope, own)) ?? absent());
  if (current === undefined || ifMatchAllows(ifMatch, taskETag(current))) {
    const expected = ifMatch === '*' ? undefined : current?.version;
    const changed = yield* unlessNothing(change(expected));
    if (changed !== undefined) return changed;
  }
  const now = (yield* readTask(scope, own)) ?? absent();
  throw new ProblemError('version_stale', 'If-Match names a version that is not the current one.', {
    headers: { etag: taskETag(now) },
    current: now,
  });
}

/** `undefined` where there is nothing to change: the transaction has to be refused then. */
function* unlessNothing<T>(change: Steps<T>): Steps<T | undefined> {
  try {
    return yield* change;
  } catch (error) {
    if (error instanceof NothingChanged) return undefined;
    throw error;
  }
}

function taken(): never {
  throw new ProblemError('task_exists', 'You already have a task with this id.', {
    errors: [{ pointer: '/id', code: 'taken', message: 'is the id of another task' }],
  });
}
