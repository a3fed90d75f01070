import type { QueryClient } from '@tanstack/react-query';
import type { Task } from '../../../../src/contract/task.ts';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { placeTask, removeTask, type TaskPages, taskStatuses } from './task-pages.ts';

export const taskListKey = (status: TaskStatus) => ['tasks', status] as const;

/** Puts a task, as the server gave it, into every list that it belongs to and no other. */
export function storeTask(queries: QueryClient, task: Task): Promise<void> {
  return changeLists(queries, (pages, status) => placeTask(pages, task, status));
}

export function forgetTask(queries: QueryClient, taskId: string): Promise<void> {
  return changeLists(queries, (pages) => removeTask(pages, taskId));
}

async function changeLists(
  queries: QueryClient,
  edit: (pages: TaskPages, status: TaskStatus) => TaskPages,
): Promise<void> {
  for (const status of taskStatuses) {
    const queryKey = taskListKey(status);
    // A list that was asked for before this change could arrive after it and undo it.
    const overtaken = queries.isFetching({ queryKey }) > 0;
    if (overtaken) await queries.cancelQueries({ queryKey });
    queries.setQueryData<TaskPages>(queryKey, (pages) => pages && edit(pages, status));
    if (overtaken) void queries.invalidateQueries({ queryKey });
  }
}
