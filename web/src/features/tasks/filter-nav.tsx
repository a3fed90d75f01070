import { Link } from '@tanstack/react-router';
import { classNames } from '../../components/class-names.ts';
import type { TaskStatus } from '../../outbox/overlay.ts';
import { taskStatuses } from './task-pages.ts';

const labels: Record<TaskStatus, string> = { open: 'Open', completed: 'Completed', all: 'All' };

/** Which tasks are listed; the choice is in the address, so that it can be kept and gone back to. */
export function FilterNav({ current }: { current: TaskStatus }) {
  return (
    <nav aria-label="Filter" className="flex gap-1">
      {taskStatuses.map((status) => (
        <Link
          key={status}
          to="/"
          search={{ status }}
          activeOptions={{ includeSearch: true, exact: true }}
          className={classNames(
            'inline-flex min-h-11 items-center rounded-lg border px-3.5 font-medium transition-colors',
            status === current
              ? 'border-line bg-surface text-accent'
              : 'border-transparent text-muted hover:bg-hover hover:text-ink',
          )}
        >
          {labels[status]}
        </Link>
      ))}
    </nav>
  );
}
