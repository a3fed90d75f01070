import { pageLimitDefault } from '../../contract/page.ts';
import type { Routes } from '../../contract/routes.ts';
import { Task, taskETag } from '../../contract/task.ts';
import { searchWords } from '../../contract/words.ts';
import { ifNoneMatchHas } from '../conditional.ts';
import { encoderOf } from '../encoded.ts';
import type { Answer, Call, Handlers } from '../mount.ts';
import { ownerDigest } from '../owner-digest.ts';
import type { UserId } from '../principal.ts';
import { absent } from './absent.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import {
  createKeptTasks,
  isCurrent,
  type KeptTask,
  type KeptTasks,
  type ListName,
} from './kept-tasks.ts';
import { tasksOf } from './store.ts';

const encodeTask = encoderOf(Task);
const encoded = (task: Task): KeptTask => {
  const { id, version } = task;
  return { id, version, body: encodeTask(task) };
};

type ListAnswer = Answer<Routes['listTasks']>;
type TaskHandlers = Pick<Handlers, 'listTasks' | 'getTask'>;

/** What reads tasks, each for the caller's own tasks alone. */
export function taskHandlers(kept: KeptTasks = createKeptTasks()): TaskHandlers {
  return {
    async listTasks(call) {
      const { userId, query, db } = call;
      const { status = 'all', q, sort = 'newest', limit = pageLimitDefault, cursor } = query;
      const list = { status, q, sort };
      const after = cursor === undefined ? undefined : decodeCursor(userId, list, cursor);
      const words = q === undefined ? undefined : searchWords(q);
      const name = { status, sort, limit };
      const first = after === undefined && words === undefined ? name : undefined;
      const store = tasksOf(db, userId);
      const known = store.versionAtHand();
      const atHand = known === undefined ? undefined : answerAt(known, call, kept, first);
      if (atHand !== undefined) return atHand;

      let answer: ListAnswer | undefined;
      const position = { ...name, after, words };
      const { tasks, more, version } = await store.list(position, (current) => {
        answer = answerAt(current, call, kept, first);
        return answer !== undefined;
      });
      if (answer !== undefined) return answer;

      const last = more ? tasks.at(-1) : undefined;
      const nextCursor = last === undefined ? null : encodeCursor(userId, list, last.id);
      if (first !== undefined) {
        kept.keepPage(userId, version, first, { tasks, nextCursor });
        answer = answerAt(version, call, kept, first);
      }
      const headers = { etag: tagOf(userId, version) };
      return answer ?? { status: 200, headers, body: { data: tasks, nextCursor } };
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
  };
}

/** The answer that needs no task: the client has it, or it was made at this version before. */
function answerAt(
  version: number,
  { userId, header }: Call<Routes['listTasks']>,
  kept: KeptTasks,
  first: ListName | undefined,
): ListAnswer | undefined {
  const headers = { etag: tagOf(userId, version) };
  if (ifNoneMatchHas(header('if-none-match'), headers.etag)) return { status: 304, headers };
  const body = first && kept.page(userId, version, first);
  return body && { status: 200, headers, body };
}

/**
 * The tag of a list. It holds a digest of the owner, since `/api/users/me/tasks` is one address
 * with a list for each caller: without it, two people at the same count of changes who share a
 * client could be told that the one's list is still the other's.
 */
const tagOf = (owner: UserId, version: number) => `"${ownerDigest(owner)}.${version}"`;
