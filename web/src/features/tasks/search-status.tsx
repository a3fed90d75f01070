import { quoted } from './task-room.ts';
import type { useTaskPages } from './use-task-pages.ts';

interface SearchStatusProps {
  q: string;
  list: ReturnType<typeof useTaskPages>;
  count: number;
  isReachable: boolean;
}

/** Says aloud what a search has found; what it could not search is shown too. */
export function SearchStatus({ q, list, count, isReachable }: SearchStatusProps) {
  const found =
    list.isPending && isReachable ? 'Searching…' : foundLine(q, count, list.hasNextPage);
  return (
    <div role="status">
      {!isReachable && (
        <p className="mt-4 text-muted">
          Offline: only the tasks that this browser keeps are searched.
        </p>
      )}
      <p className="sr-only">{found}</p>
    </div>
  );
}

function foundLine(q: string, count: number, isMore: boolean): string {
  if (count === 0) return `Nothing matches ${quoted(q)}`;
  if (isMore) return `More than ${count} tasks match ${quoted(q)}`;
  return count === 1 ? `1 task matches ${quoted(q)}` : `${count} tasks match ${quoted(q)}`;
}
