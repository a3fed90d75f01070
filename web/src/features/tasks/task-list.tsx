import { searchWords } from '../../../../src/contract/words.ts';
import { explain } from '../../api/explain.ts';
import { SessionEnded } from '../../api/failures.ts';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import { showChanges, type TaskStatus } from '../../outbox/overlay.ts';
import { useStore } from '../../use-store.ts';
import { EmptyList } from './empty-list.tsx';
import { keptTasks } from './kept-lists.ts';
import { ListSkeleton } from './list-skeleton.tsx';
import { NothingMatches } from './nothing-matches.tsx';
import { SearchStatus } from './search-status.tsx';
import { ShowMore } from './show-more.tsx';
import { savedTasks } from './task-cache.ts';
import { useChanges, useTaskRoom } from './task-room.ts';
import { TaskRow } from './task-row.tsx';
import { useFocusAfterRemoval } from './use-focus-after-removal.ts';
import { useLinger } from './use-linger.ts';
import { useTaskPages } from './use-task-pages.ts';

/**
 * The tasks of one filter, or those of them that are searched for, as the person left them, in
 * whichever state they can be shown. Until the server answers a search, and when it cannot be
 * reached, what is kept in this browser is searched.
 */
export function TaskList({ status, q }: { status: TaskStatus; q: string }) {
  const list = useTaskPages(status, q);
  const changes = useChanges();
  const { queries, isReachable: reachability } = useTaskRoom();
  const isReachable = useStore(reachability);
  const words = q === '' ? undefined : searchWords(q);
  const tasks =
    list.data?.pages.flatMap((page) => page.data) ??
    (words ? keptTasks(queries) : savedTasks(queries));
  const { list: shown, linger } = useLinger(showChanges(tasks, changes, status, words));
  const isKeptShown = list.data !== undefined || words !== undefined;
  const focus = useFocusAfterRemoval(shown.map(({ task }) => task.id));

  const found = q !== '' && (
    <SearchStatus q={q} list={list} count={shown.length} isReachable={isReachable} />
  );
  if (list.isPending && shown.length === 0 && (isReachable || words === undefined)) {
    return (
      <>
        {found}
        <ListSkeleton />
      </>
    );
  }
  return (
    <>
      {found}
      {list.isError && needsWords(list.error, isKeptShown && !isReachable) && (
        <Failed
          error={list.error}
          busy={list.isFetching}
          retry={() => (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch())}
        />
      )}
      {shown.length > 0 && (
        <ul
          // biome-ignore lint/a11y/noRedundantRoles: Safari drops it from a list without bullets.
          role="list"
          aria-label="Tasks"
          {...focus}
          className="mt-4 divide-y divide-line rounded-xl border border-line bg-surface"
        >
          {shown.map((item) => (
            <TaskRow key={item.task.id} item={item} onTick={linger} />
          ))}
        </ul>
      )}
      {shown.length === 0 &&
        (q === ''
          ? list.data !== undefined && <EmptyList status={status} />
          : (!list.isError || !isReachable) && <NothingMatches status={status} q={q} />)}
      <ShowMore list={list} rows={focus.ref} />
    </>
  );
}

/** The end of a session has a dialog, and tasks that are kept need no server to be shown. */
function needsWords(error: unknown, isShownFromStore: boolean): boolean {
  return !(error instanceof SessionEnded) && !isShownFromStore;
}

function Failed(props: { error: unknown; busy: boolean; retry: () => unknown }) {
  return (
    <div className="mt-6">
      <Alert>
        <p className="font-medium">Your tasks could not be loaded.</p>
        <p className="mt-1 text-muted">{explain(props.error)}</p>
        <Button className="mt-3" busy={props.busy} onClick={() => void props.retry()}>
          Try again
        </Button>
      </Alert>
    </div>
  );
}
