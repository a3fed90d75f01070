import { useInfiniteQuery } from '@tanstack/react-query';
import { taskListKey } from './task-cache.ts';
import type { TaskStatus } from './task-pages.ts';
import { useTaskRoom } from './task-room.ts';

/** The list of one filter as far as it has been loaded, and the way to its next page. */
export function useTaskPages(status: TaskStatus) {
  const { api, queries } = useTaskRoom();
  return useInfiniteQuery(
    {
      queryKey: taskListKey(status),
      queryFn: ({ pageParam, signal }) =>
        api('listTasks', {
          query: pageParam === undefined ? { status } : { status, cursor: pageParam },
          signal,
        }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (last) => last.nextCursor ?? undefined,
    },
    queries,
  );
}
