import { type Task, taskETag } from '../../../../src/contract/task.ts';
import { explain } from '../../api/explain.ts';
import { ApiProblem } from '../../api/failures.ts';
import { closeEdit } from './drafts.ts';
import { expectTask, forgetTask, storeTask } from './task-cache.ts';
import { quoted, type TaskRoom } from './task-room.ts';

/** How long a tick is seen before the task leaves a list that it no longer belongs to. */
const tickShownForMs = 350;

/**
 * Completes or reopens a task. It shows at once and is taken back if the server does not agree.
 * Sent without If-Match: it holds whatever the text has become.
 */
export async function setCompleted(room: TaskRoom, task: Task, completed: boolean): Promise<void> {
  const { api, queries, notice } = room;
  await expectTask(queries, { ...task, completed });
  try {
    const params = { taskId: task.id };
    const request = api('updateTask', { params, body: { completed } });
    const [saved] = await Promise.all([request, passed(tickShownForMs)]);
    await storeTask(queries, saved);
    const undo = () => void setCompleted(room, saved, !completed);
    const text = `${completed ? 'Completed' : 'Reopened'} ${quoted(saved.title)}`;
    notice.set({ text, tone: 'done', undo });
  } catch (error) {
    if (isGone(error)) await forgetTask(queries, task.id);
    else await expectTask(queries, task);
    const reason = isGone(error) ? 'It was deleted elsewhere.' : explain(error);
    const text = `${quoted(task.title)} was not changed. ${reason}`;
    notice.set({ text, tone: 'failed' });
  }
}

/**
 * Deletes a task in the state the person saw; one that has changed since is shown again instead.
 * Gives the message for the person when it was not deleted.
 */
export async function deleteTask(room: TaskRoom, task: Task): Promise<string | undefined> {
  const { api, queries, drafts, notice } = room;
  try {
    await api('deleteTask', { params: { taskId: task.id }, ifMatch: taskETag(task) });
  } catch (error) {
    const current = error instanceof ApiProblem ? error.problem.current : undefined;
    if (current) {
      await storeTask(queries, current);
      return 'This task has just changed elsewhere. Look at it again before you delete it.';
    }
    if (!isGone(error)) return explain(error);
  }
  await forgetTask(queries, task.id);
  closeEdit(drafts, task.id);
  notice.set({ text: `Deleted ${quoted(task.title)}`, tone: 'done' });
  return undefined;
}

function passed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function isGone(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.status === 404;
}
