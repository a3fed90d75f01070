import { useInfiniteQuery } from '@tanstack/react-query';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { useStore } from '../../use-store.ts';
import { searchKey, taskListKey } from './task-cache.ts';
import { useTaskRoom } from './task-room.ts';

const lookEveryMs = 10_000;

/** The list of one filter or search as far as it has been loaded, and the way to its next page. */
export function useTaskPages(status: TaskStatus, q: string) {
  const { api, queries, isReachable: reachability } = useTaskRoom();
  const isReachable = useStore(reachability);
  return useInfiniteQuery(
    {
      queryKey: q === '' ? taskListKey(status) : searchKey(status, q),
      queryFn: ({ pageParam, signal }) =>
        api('listTasks', {
          query: {
            status,
            ...(q !== '' && { q }),
            ...(pageParam !== undefined && { cursor: pageParam }),
          },
          signal,
        }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: (last) => last.nextCursor ?? undefined,
      // As long as the server cannot be reached, somebody has to look whether it is back.
      refetchInterval: isReachable ? false : lookEveryMs,
    },
    queries,
  );
}
