import { createHash } from 'node:crypto';
import { pageLimitDefault } from '../../contract/page.ts';
import { ProblemError } from '../../contract/problem-error.ts';
import { taskETag } from '../../contract/task.ts';
import { ifMatchAllows, ifNoneMatchHas } from '../conditional.ts';
import type { Handlers } from '../mount.ts';
import type { UserId } from '../principal.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { type TaskStore, tasksOf } from './store.ts';

type TaskHandlers = Pick<
  Handlers,
  'listTasks' | 'createTask' | 'getTask' | 'updateTask' | 'deleteTask'
>;

/** What the operations on tasks do, each for the caller's own tasks alone. */
export const taskHandlers: TaskHandlers = {
  async listTasks({ userId, query, header, db }) {
    const tasks = tasksOf(db, userId);
    const known = header('if-none-match');
    if (known !== undefined) {
      const etag = listETag(userId, await tasks.version());
      if (ifNoneMatchHas(known, etag)) return { status: 304, headers: { etag } };
    }
    const { status = 'all', sort = 'newest', limit = pageLimitDefault, cursor } = query;
    const list = { status, sort };
    const after = cursor === undefined ? undefined : decodeCursor(userId, list, cursor);
    const page = await tasks.list({ ...list, limit, after });
    const last = page.more ? page.tasks.at(-1) : undefined;
    return {
      status: 200,
      headers: { etag: listETag(userId, page.version) },
      body: {
        data: page.tasks,
        nextCursor: last === undefined ? null : encodeCursor(userId, list, last.id),
      },
    };
  },

  async createTask({ userId, body, db }) {
    const task = (await tasksOf(db, userId).create(body)) ?? taken();
    const location = `/api/users/${encodeURIComponent(userId)}/tasks/${task.id}`;
    return { status: 201, headers: { etag: taskETag(task), location }, body: task };
  },

  async getTask({ userId, params, header, db }) {
    const task = (await tasksOf(db, userId).get(params.taskId)) ?? absent();
    const etag = taskETag(task);
    if (ifNoneMatchHas(header('if-none-match'), etag)) return { status: 304, headers: { etag } };
    return { status: 200, headers: { etag }, body: task };
  },

  async updateTask({ userId, params, body, header, db }) {
    const tasks = tasksOf(db, userId);
    const task = await ifCurrent(tasks, params.taskId, header('if-match'), (version) =>
      tasks.update(params.taskId, body, version),
    );
    return { status: 200, headers: { etag: taskETag(task) }, body: task };
  },

  async deleteTask({ userId, params, header, db }) {
    const tasks = tasksOf(db, userId);
    await ifCurrent(tasks, params.taskId, header('if-match'), async (version) =>
      (await tasks.delete(params.taskId, version)) ? true : undefined,
    );
    return { status: 204 };
  },
};

/**
 * The tag of a list. It holds a digest of the owner, since `/api/users/me/tasks` is one address
 * with a list for each caller: without it, two people at the same count of changes who share a
 * client could be told that the one's list is still the other's.
 */
function listETag(owner: UserId, version: number): string {
  return `"${createHash('sha256').update(owner).digest('hex').slice(0, 16)}.${version}"`;
}

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

function absent(): never {
  throw new ProblemError('not_found', 'There is no such task.');
}
