import { pageLimitDefault } from '../../contract/page.ts';
import { ProblemError } from '../../contract/problem-error.ts';
import type { Routes } from '../../contract/routes.ts';
import { Task, taskETag } from '../../contract/task.ts';
import { searchWords } from '../../contract/words.ts';
import { ifMatchAllows, ifNoneMatchHas } from '../conditional.ts';
import { encoderOf } from '../encoded.ts';
import type { Answer, Handlers } from '../mount.ts';
import { ownerDigest } from '../owner-digest.ts';
import type { UserId } from '../principal.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { createKeptTasks, isCurrent, type KeptTask, type KeptTasks } from './kept-tasks.ts';
import { type TaskStore, tasksOf } from './store.ts';

const encodeTask = encoderOf(Task);
const encoded = (task: Task): KeptTask => {
  const { id, version } = task;
  return { id, version, body: encodeTask(task) };
};

type TaskHandlers = Pick<
  Handlers,
  'listTasks' | 'createTask' | 'getTask' | 'updateTask' | 'deleteTask'
>;

/** What the operations on tasks do, each for the caller's own tasks alone. */
export function taskHandlers(kept: KeptTasks = createKeptTasks()): TaskHandlers {
  return {
    async listTasks({ userId, query, header, db }) {
      const { status = 'all', q, sort = 'newest', limit = pageLimitDefault, cursor } = query;
      const list = { status, q, sort };
      const after = cursor === undefined ? undefined : decodeCursor(userId, list, cursor);
      const words = q === undefined ? undefined : searchWords(q);
      const isFirst = after === undefined && words === undefined;
      const name = { status, sort, limit };

      /** The answer that needs no task: the client has it, or it was made at this version before. */
      const answerAt = (version: number): Answer<Routes['listTasks']> | undefined => {
        const headers = { etag: tagOf(userId, version) };
        if (ifNoneMatchHas(header('if-none-match'), headers.etag)) return { status: 304, headers };
        const body = isFirst ? kept.page(userId, version, name) : undefined;
        return body && { status: 200, headers, body };
      };
      const store = tasksOf(db, userId);
      const known = store.versionAtHand();
      let answer = known === undefined ? undefined : answerAt(known);
      if (answer !== undefined) return answer;
      const position = { ...name, after, words };
      const { tasks, more, version } = await store.list(position, (current) => {
        answer = answerAt(current);
        return answer !== undefined;
      });
      if (answer !== undefined) return answer;

      const last = more ? tasks.at(-1) : undefined;
      const nextCursor = last === undefined ? null : encodeCursor(userId, list, last.id);
      if (isFirst) {
        kept.keepPage(userId, version, name, { tasks, nextCursor });
        answer = answerAt(version);
      }
      const headers = { etag: tagOf(userId, version) };
      return answer ?? { status: 200, headers, body: { data: tasks, nextCursor } };
    },

    async createTask({ userId, body, db }) {
      const task = (await tasksOf(db, userId).create(body)) ?? taken();
      const location = `/api/users/${encodeURIComponent(userId)}/tasks/${task.id}`;
      return {
        status: 201,
        headers: { etag: taskETag(task), location },
        body: task,
        whenCommitted: () => kept.changed(userId, task.version, task),
      };
    },

    async getTask({ userId, params, header, db }) {
      const tasks = tasksOf(db, userId);
      const known = kept.task(userId, params.taskId);
      const isKnown = known !== undefined && (await isCurrent(known, tasks));
      const task = isKnown ? known : encoded((await tasks.get(params.taskId)) ?? absent());
      if (!isKnown) kept.keepTask(userId, task);
      const headers = { etag: taskETag(task) };
      if (ifNoneMatchHas(header('if-none-match'), headers.etag)) return { status: 304, headers };
      return { status: 200, headers, body: task.body };
    },

    async updateTask({ userId, params, body, header, db }) {
      const tasks = tasksOf(db, userId);
      const task = await ifCurrent(tasks, params.taskId, header('if-match'), (version) =>
        tasks.update(params.taskId, body, version),
      );
      return {
        status: 200,
        headers: { etag: taskETag(task) },
        body: task,
        whenCommitted: () => kept.changed(userId, task.version, task),
      };
    },

    async deleteTask({ userId, params, header, db }) {
      const tasks = tasksOf(db, userId);
      const id = params.taskId;
      const version = await ifCurrent(tasks, id, header('if-match'), (expected) =>
        tasks.delete(id, expected),
      );
      return { status: 204, whenCommitted: () => kept.changed(userId, version, { id }) };
    },
  };
}

/**
 * The tag of a list. It holds a digest of the owner, since `/api/users/me/tasks` is one address
 * with a list for each caller: without it, two people at the same count of changes who share a
 * client could be told that the one's list is still the other's.
 */
const tagOf = (owner: UserId, version: number) => `"${ownerDigest(owner)}.${version}"`;

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
