import { ProblemError } from '../../contract/problem-error.ts';
import { taskETag } from '../../contract/task.ts';
import type { ChangeHandlers } from '../changes.ts';
import { ifMatchAllows } from '../conditional.ts';
import { absent } from './absent.ts';
import { type TaskStore, tasksOf } from './store.ts';

/** The changes that a caller makes to their own tasks. */
export const taskChanges: ChangeHandlers = {
  async createTask({ userId, body, db }) {
    const task = (await tasksOf(db, userId).create(body)) ?? taken();
    const location = `/api/users/${encodeURIComponent(userId)}/tasks/${task.id}`;
    const headers = { etag: taskETag(task), location };
    return { answer: { status: 201, headers, body: task }, version: task.version };
  },

  async updateTask({ userId, params, body, header, db }) {
    const tasks = tasksOf(db, userId);
    const task = await ifCurrent(tasks, params.taskId, header('if-match'), (version) =>
      tasks.update(params.taskId, body, version),
    );
    const headers = { etag: taskETag(task) };
    return { answer: { status: 200, headers, body: task }, version: task.version };
  },

  async deleteTask({ userId, params, header, db }) {
    const tasks = tasksOf(db, userId);
    const id = params.taskId;
    const version = await ifCurrent(tasks, id, header('if-match'), (expected) =>
      tasks.delete(id, expected),
    );
    return { answer: { status: 204 }, version };
  },
};

/**
 * Makes a change under `If-Match`. The tag holds the version, so the comparison happens inside the
 * statement that changes: `change` gets the version to insist on, or none.
 * @throws {ProblemError} 404, or 412 with the task as it stands.
 */
async function ifCurrent<T>(
  tasks: TaskStore,
  id: string,
  ifMatch: string | undefined,
  change: (version: number | undefined) => Promise<T | undefined>,
): Promise<T> {
  const current = ifMatch === undefined ? undefined : ((await tasks.get(id)) ?? absent());
  if (current === undefined || ifMatchAllows(ifMatch, taskETag(current))) {
    const version = ifMatch === '*' ? undefined : current?.version;
    const changed = await change(version);
    if (changed !== undefined) return changed;
  }
  const now = (await tasks.get(id)) ?? absent();
  throw new ProblemError('version_stale', 'If-Match names a version that is not the current one.', {
    headers: { etag: taskETag(now) },
    current: now,
  });
}

function taken(): never {
  throw new ProblemError('task_exists', 'You already have a task with this id.', {
    errors: [{ pointer: '/id', code: 'taken', message: 'is the id of another task' }],
  });
}
