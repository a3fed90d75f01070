import { Link } from '@tanstack/react-router';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { quoted } from './task-room.ts';

/** In the place of a list in which a search finds nothing. */
export function NothingMatches({ status, q }: { status: TaskStatus; q: string }) {
  return (
    <div className="appear grid justify-items-center px-4 py-16 text-center">
      <p className="text-lg font-semibold wrap-anywhere">Nothing matches {quoted(q)}</p>
      {status === 'all' ? (
        <p className="mt-1 text-muted">Every word has to be there, or the beginning of it.</p>
      ) : (
        <p className="mt-1 text-muted">
          Only {status} tasks were searched.{' '}
          <Link
            to="/"
            search={{ status: 'all' }}
            className="inline-flex min-h-11 items-center font-medium text-accent underline"
          >
            Search all tasks
          </Link>
        </p>
      )}
    </div>
  );
}
