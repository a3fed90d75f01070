import type { QueryClient, QueryKey } from '@tanstack/react-query';
import type { Task } from '../../../../src/contract/task.ts';
import { searchWords } from '../../../../src/contract/words.ts';
import { belongs, type TaskStatus } from '../../outbox/overlay.ts';
import { placeTask, removeTask, type TaskPages, taskStatuses } from './task-pages.ts';

export const taskListKey = (status: TaskStatus) => ['tasks', status] as const;
/** Searches are lists too, apart from those that are kept for a page without a network. */
export const searchKey = (status: TaskStatus, q: string) => [searches, status, q] as const;
const searches = 'searches';
/** Tasks as they were saved, until every list that they belong to has been loaded. */
const savedKey = ['tasks', 'saved'] as const;

/** Puts a task, as the server gave it, into every list that it belongs to and no other, at once. */
export function storeTask(queries: QueryClient, task: Task): void {
  changeSaved(queries, task.id, [task]);
  changeLists(queries, (pages, status, words) => placeTask(pages, task, status, words));
}

/** Takes a task out of every list, at once. */
export function forgetTask(queries: QueryClient, taskId: string): void {
  changeSaved(queries, taskId, []);
  changeLists(queries, (pages) => removeTask(pages, taskId));
}

/** Tasks that were saved and belong to a list that has not been loaded yet, as they were saved. */
export function savedTasks(queries: QueryClient): readonly Task[] {
  const saved = queries.getQueryData<readonly Task[]>(savedKey) ?? [];
  return saved.filter((task) =>
    taskStatuses.some((status) => belongs(task, status) && !isLoaded(queries, status)),
  );
}

export function isLoaded(queries: QueryClient, status: TaskStatus): boolean {
  return queries.getQueryData(taskListKey(status)) !== undefined;
}

function changeSaved(queries: QueryClient, taskId: string, now: readonly Task[]): void {
  const saved = savedTasks(queries);
  const known = saved.find(({ id }) => id === taskId);
  // An answer that was sent again for its key may be older than what is known.
  if (known !== undefined && now.some(({ version }) => version < known.version)) return;
  queries.setQueryData(savedKey, [...saved.filter((task) => task !== known), ...now]);
}

/** All of it at once: the change that this came of leaves the outbox in the same step. */
function changeLists(
  queries: QueryClient,
  edit: (pages: TaskPages, status: TaskStatus, words?: readonly string[]) => TaskPages,
): void {
  for (const { queryKey, status, words } of listsIn(queries)) {
    // A list that was asked for before this change could arrive after it and undo it.
    const overtaken = queries.isFetching({ queryKey }) > 0;
    if (overtaken) void queries.cancelQueries({ queryKey });
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
