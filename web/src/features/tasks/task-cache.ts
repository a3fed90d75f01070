import type { QueryClient, QueryKey } from '@tanstack/react-query';
import type { Task } from '../../../../src/contract/task.ts';
import { searchWords } from '../../../../src/contract/words.ts';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { placeTask, removeTask, type TaskPages, taskStatuses } from './task-pages.ts';

export const taskListKey = (status: TaskStatus) => ['tasks', status] as const;
/** Searches are lists too, apart from those that are kept for a page without a network. */
export const searchKey = (status: TaskStatus, q: string) => [searches, status, q] as const;
const searches = 'searches';

/** Puts a task, as the server gave it, into every list that it belongs to and no other. */
export function storeTask(queries: QueryClient, task: Task): Promise<void> {
  return changeLists(queries, (pages, status, words) => placeTask(pages, task, status, words));
}

export function forgetTask(queries: QueryClient, taskId: string): Promise<void> {
  return changeLists(queries, (pages) => removeTask(pages, taskId));
}

async function changeLists(
  queries: QueryClient,
  edit: (pages: TaskPages, status: TaskStatus, words?: readonly string[]) => TaskPages,
): Promise<void> {
  for (const { queryKey, status, words } of listsIn(queries)) {
    // A list that was asked for before this change could arrive after it and undo it.
    const overtaken = queries.isFetching({ queryKey }) > 0;
    if (overtaken) await queries.cancelQueries({ queryKey });
    queries.setQueryData<TaskPages>(queryKey, (pages) => pages && edit(pages, status, words));
    if (overtaken) void queries.invalidateQueries({ queryKey });
  }
}

interface List {
  queryKey: QueryKey;
  status: TaskStatus;
  words?: readonly string[];
}

function listsIn(queries: QueryClient): List[] {
  const found = queries.getQueryCache().findAll({ queryKey: [searches] });
  return [
    ...taskStatuses.map((status) => ({ queryKey: taskListKey(status), status })),
    ...found.map(({ queryKey }) => {
      const [, status, q] = queryKey as ReturnType<typeof searchKey>; // No other key begins so.
      return { queryKey, status, words: searchWords(q) };
    }),
  ];
}
