import type { Task } from '../../../../src/contract/task.ts';
import type { Api } from '../../api/client.ts';
import { explain, fieldMessage } from '../../api/explain.ts';
import { ApiProblem } from '../../api/failures.ts';
import { changeNext, dropUnsaved, putUnsaved } from './drafts.ts';
import { storeTask } from './task-cache.ts';
import { quoted, type TaskRoom } from './task-room.ts';
import { titleProblem } from './text-rules.ts';

/**
 * Takes the text of the "New task" field and saves it as a task. The field is free for the next
 * one at once; text that could not be saved comes back to it, or waits below it when the person
 * has begun to type something else.
 */
export async function addTask(room: TaskRoom): Promise<void> {
  const { id, title } = room.drafts.get().next;
  const error = titleProblem(title);
  if (error !== undefined) return changeNext(room.drafts, { id, title, error });
  changeNext(room.drafts, { id: room.newId(), title: '' });
  await saveUnsaved(room, id, title);
}

/** Saves a task that could not be saved before, under the same id: it never becomes two. */
export async function saveUnsaved(room: TaskRoom, id: string, title: string): Promise<void> {
  const { api, queries, drafts, notice } = room;
  putUnsaved(drafts, { id, title });
  try {
    const task = await createOnce(api, id, title);
    await storeTask(queries, task);
    dropUnsaved(drafts, id);
    notice.set({ text: `Added ${quoted(title)}`, tone: 'done' });
  } catch (failure) {
    giveBack(room, id, title, fieldMessage(failure, '/title') ?? explain(failure));
  }
}

function giveBack({ drafts, notice }: TaskRoom, id: string, title: string, error: string): void {
  if (drafts.get().next.title === '') {
    dropUnsaved(drafts, id);
    changeNext(drafts, { id, title, error });
  } else putUnsaved(drafts, { id, title, error });
  notice.set({ text: `Not added: ${quoted(title)}`, tone: 'failed' });
}

/**
 * Creates the task with this id, or finds it created by an earlier attempt whose answer was lost;
 * then it gets the title as it reads now.
 */
async function createOnce(api: Api, id: string, title: string): Promise<Task> {
  try {
    return await api('createTask', { body: { id, title } });
  } catch (error) {
    const exists = error instanceof ApiProblem && error.problem.code === 'task_exists';
    if (!exists) throw error;
  }
  const params = { taskId: id };
  const task = await api('getTask', { params });
  return task.title === title ? task : api('updateTask', { params, body: { title } });
}
