import { explain } from '../../api/explain.ts';
import { Alert } from '../../components/alert.tsx';
import { Button } from '../../components/button.tsx';
import { useStore } from '../../use-store.ts';
import { isChanged } from './drafts.ts';
import { EmptyList } from './empty-list.tsx';
import { ListSkeleton } from './list-skeleton.tsx';
import { ShowMore } from './show-more.tsx';
import type { TaskStatus } from './task-pages.ts';
import { useTaskRoom } from './task-room.ts';
import { TaskRow } from './task-row.tsx';
import { useFocusAfterRemoval } from './use-focus-after-removal.ts';
import { useTaskPages } from './use-task-pages.ts';

/** The tasks of one filter, page by page, in whichever state they can be shown. */
export function TaskList({ status }: { status: TaskStatus }) {
  const list = useTaskPages(status);
  const tasks = list.data?.pages.flatMap((page) => page.data) ?? [];
  const shown = [
    ...useOrphanedEdits(
      tasks.map((task) => task.id),
      list.isSuccess,
    ),
    ...tasks,
  ];
  const focus = useFocusAfterRemoval(shown.map((task) => task.id));

  if (list.isPending) return <ListSkeleton />;
  return (
    <>
      {list.isError && (
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
          {shown.map((task) => (
            <TaskRow key={task.id} task={task} />
          ))}
        </ul>
      )}
      {list.isSuccess && shown.length === 0 && <EmptyList status={status} />}
      <ShowMore list={list} rows={focus.ref} />
    </>
  );
}

/** Tasks that are not listed any more while an editor still holds changes to them. */
function useOrphanedEdits(listedIds: string[], isLoaded: boolean) {
  const { edits } = useStore(useTaskRoom().drafts);
  if (!isLoaded) return [];
  return Object.values(edits).flatMap((edit) =>
    edit && isChanged(edit) && !listedIds.includes(edit.base.id) ? [edit.base] : [],
  );
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
