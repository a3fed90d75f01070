import { explain } from '../../api/explain.ts';
import { SessionEnded } from '../../api/failures.ts';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import { showChanges, type TaskStatus } from '../../outbox/overlay.ts';
import { useStore } from '../../use-store.ts';
import { EmptyList } from './empty-list.tsx';
import { ListSkeleton } from './list-skeleton.tsx';
import { ShowMore } from './show-more.tsx';
import { useChanges, useTaskRoom } from './task-room.ts';
import { TaskRow } from './task-row.tsx';
import { useFocusAfterRemoval } from './use-focus-after-removal.ts';
import { useLinger } from './use-linger.ts';
import { useTaskPages } from './use-task-pages.ts';

/** The tasks of one filter as the person left them, in whichever state they can be shown. */
export function TaskList({ status }: { status: TaskStatus }) {
  const list = useTaskPages(status);
  const changes = useChanges();
  const isReachable = useStore(useTaskRoom().isReachable);
  const tasks = list.data?.pages.flatMap((page) => page.data) ?? [];
  const { list: shown, linger } = useLinger(showChanges(tasks, changes, status));
  const focus = useFocusAfterRemoval(shown.map(({ task }) => task.id));

  if (list.isPending && shown.length === 0) return <ListSkeleton />;
  return (
    <>
      {list.isError && needsWords(list.error, list.data !== undefined && !isReachable) && (
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
      {list.data !== undefined && shown.length === 0 && <EmptyList status={status} />}
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
