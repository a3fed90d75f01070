import type { QueryClient } from '@tanstack/react-query';
import type { Task } from '../../../../src/contract/task.ts';
import { isTask, membersOf } from '../../api/parse-problem.ts';
import type { PersonStore } from '../../kept/person-store.ts';
import { belongs } from '../../outbox/overlay.ts';
import { isLoaded, savedTasks, taskListKey } from './task-cache.ts';
import { newestFirst, type TaskPages, taskStatuses } from './task-pages.ts';

/** Shows the lists as they were last seen, until the server says how they are. */
export async function restoreLists(queries: QueryClient, lists: PersonStore['lists']) {
  // A search without a network looks into all of them, shown or not.
  queries.setQueryDefaults(['tasks'], { gcTime: Number.POSITIVE_INFINITY });
  for (const status of taskStatuses) {
    const pages = readPages(await lists.read(status));
    // From long ago, so that the server is asked at once.
    if (pages) queries.setQueryData<TaskPages>(taskListKey(status), pages, { updatedAt: 1 });
  }
}

/**
 * The tasks of all kept lists, newest first, each as it was last seen, with those that were saved
 * and of which no list has been loaded yet.
 */
export function keptTasks(queries: QueryClient): Task[] {
  const listed = taskStatuses.flatMap((status) => {
    const { pages = [] } = queries.getQueryData<TaskPages>(taskListKey(status)) ?? {};
    return pages.flatMap(({ data }) => data);
  });
  const loaded = taskStatuses.filter((status) => isLoaded(queries, status));
  const unlisted = savedTasks(queries).filter(
    (task) => !loaded.some((status) => belongs(task, status)),
  );
  const tasks = new Map<string, Task>();
  for (const task of [...listed, ...unlisted]) {
    if ((tasks.get(task.id)?.version ?? 0) < task.version) tasks.set(task.id, task);
  }
  return [...tasks.values()].sort(newestFirst);
}

/** Keeps every list as it is loaded and changed, until the returned function is called. */
export function keepLists(queries: QueryClient, lists: PersonStore['lists']): () => void {
  return queries.getQueryCache().subscribe(({ type, query }) => {
    if (type !== 'updated' || query.state.status !== 'success') return;
    const status = taskStatuses.find((name) =>
      taskListKey(name).every((part, at) => part === query.queryKey[at]),
    );
    // Where they cannot be kept they are loaded again: nothing of the person's is lost.
    if (status) void lists.write(status, query.state.data).catch(() => undefined);
  });
}

function readPages(value: unknown): TaskPages | undefined {
  const { pages, pageParams } = membersOf(value) ?? {};
  if (!Array.isArray(pages) || !Array.isArray(pageParams)) return undefined;
  const read = pages.flatMap((page) => readPage(page) ?? []);
  return read.length === pages.length ? { pages: read, pageParams } : undefined;
}

function readPage(value: unknown): TaskPages['pages'][number] | undefined {
  const { data, nextCursor } = membersOf(value) ?? {};
  if (!Array.isArray(data) || !data.every(isTask)) return undefined;
  if (nextCursor !== null && typeof nextCursor !== 'string') return undefined;
  return { data, nextCursor };
}
