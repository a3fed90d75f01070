import { type Task, type TaskPatch, taskETag } from '../../../src/contract/task.ts';
import type { Api } from '../api/client.ts';
import { explain, fieldMessage } from '../api/explain.ts';
import { ApiProblem, NetworkFailure } from '../api/failures.ts';
import { isTask } from '../api/parse-problem.ts';
import {
  type Addition,
  type Change,
  type Deletion,
  type Edit,
  type Refusal,
  sameContent,
} from './change.ts';

/** What came of sending a change once. */
export type Outcome =
  | { type: 'saved'; task: Task }
  | { type: 'gone' }
  | { type: 'contested'; theirs: Task }
  | { type: 'refused'; refusal: Refusal }
  /** Whether it arrived is not known, or it has to come again: nothing is wrong with the change. */
  | { type: 'no answer'; error: unknown; retryAfterMs?: number }
  /** The server stumbled over this one; others may fare better. */
  | { type: 'stumbled'; error: unknown };

/**
 * Sends a change once. Its key makes the server answer a repetition as it answered the first
 * sending; beyond the day for which the server remembers keys, the client-made id and If-Match
 * still keep it from being done twice. Throws SessionEnded, and what the caller's own end throws.
 */
export async function deliver(api: Api, change: Change): Promise<Outcome> {
  try {
    if (change.kind === 'add') return await deliverAddition(api, change);
    return change.kind === 'edit'
      ? await deliverEdit(api, change)
      : await deliverDeletion(api, change);
  } catch (error) {
    return outcomeOf(error, change);
  }
}

async function deliverAddition(api: Api, { taskId, key, mine }: Addition): Promise<Outcome> {
  const body = { id: taskId, ...withoutDefaults(mine) };
  try {
    return saved(await api('createTask', { body, idempotencyKey: key }));
  } catch (error) {
    if (!isProblem(error, 'task_exists')) throw error;
  }
  // Nobody else makes this id: an earlier sending arrived, and its key is forgotten by now.
  const { task } = saved(await api('getTask', { params: { taskId } }));
  // Its words may have been corrected since, or changed elsewhere.
  return sameContent(task, mine) ? saved(task) : { type: 'contested', theirs: task };
}

function withoutDefaults({ title, description, completed }: Addition['mine']) {
  return { title, ...(description !== '' && { description }), ...(completed && { completed }) };
}

async function deliverEdit(api: Api, { taskId, key, mine, base }: Edit): Promise<Outcome> {
  if (sameContent(mine, base)) return { type: 'saved', task: base };
  return saved(
    await api('updateTask', {
      params: { taskId },
      body: differences(mine, base),
      ifMatch: taskETag(base),
      idempotencyKey: key,
    }),
  );
}

/** Only what differs, so that a field nobody touched is not written back. */
function differences(mine: Edit['mine'], base: Task): TaskPatch {
  return {
    ...(mine.title !== base.title && { title: mine.title }),
    ...(mine.description !== base.description && { description: mine.description }),
    ...(mine.completed !== base.completed && { completed: mine.completed }),
  };
}

async function deliverDeletion(api: Api, { taskId, key, base }: Deletion): Promise<Outcome> {
  await api('deleteTask', { params: { taskId }, ifMatch: taskETag(base), idempotencyKey: key });
  return { type: 'gone' };
}

/** Something else may answer in the server's place: a change is done when its task says so. */
function saved(answer: unknown): { type: 'saved'; task: Task } {
  if (!isTask(answer)) throw new NetworkFailure('unreadable');
  return { type: 'saved', task: answer };
}

/** Answers that say: not now. Everything else from 400 to 499 will be the same the next time. */
const passing = new Set([408, 425, 429]);

function outcomeOf(error: unknown, change: Change): Outcome {
  if (error instanceof NetworkFailure) return { type: 'no answer', error };
  if (!(error instanceof ApiProblem)) throw error;
  const { problem, retryAfterSeconds } = error;
  if (problem.status === 500) return { type: 'stumbled', error };
  const isPassing =
    problem.status >= 500 ||
    passing.has(problem.status) ||
    problem.code === 'idempotency_in_flight' ||
    // Not Ownlist's own answer, but that of something between, such as a Wi-Fi sign-in page.
    problem.code === 'unknown';
  if (isPassing) {
    const pause =
      retryAfterSeconds === undefined ? {} : { retryAfterMs: retryAfterSeconds * 1_000 };
    return { type: 'no answer', error, ...pause };
  }
  if (problem.status === 404 && !bringsWords(change)) return { type: 'gone' };
  if (problem.status === 404) {
    return {
      type: 'refused',
      refusal: { message: 'This task was deleted elsewhere.', gone: true },
    };
  }
  if (problem.current) return { type: 'contested', theirs: problem.current };
  return { type: 'refused', refusal: refusalOf(error) };
}

/** Whether text would be lost with it: to delete a task or tick it off, where it is gone, is done. */
function bringsWords(change: Change): boolean {
  if (change.kind !== 'edit') return change.kind === 'add';
  const { mine, base } = change;
  return mine.title !== base.title || mine.description !== base.description;
}

function refusalOf(error: ApiProblem): Refusal {
  const title = fieldMessage(error, '/title');
  const description = fieldMessage(error, '/description');
  if (title === undefined && description === undefined) return { message: explain(error) };
  return { ...(title && { title }), ...(description && { description }) };
}

function isProblem(error: unknown, code: string): boolean {
  return error instanceof ApiProblem && error.problem.code === code;
}
