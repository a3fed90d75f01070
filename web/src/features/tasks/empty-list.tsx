import { TickIcon } from '../../components/icons.tsx';
import type { TaskStatus } from '../../outbox/overlay.ts';

const words: Record<TaskStatus, { title: string; text: string }> = {
  open: {
    title: 'Nothing left to do',
    text: 'Write down the next thing above and press Enter.',
  },
  completed: {
    title: 'Nothing completed yet',
    text: 'Tick a task off, and it will be kept here.',
  },
  all: {
    title: 'A fresh start',
    text: 'Write your first task above and press Enter.',
  },
};

export function EmptyList({ status }: { status: TaskStatus }) {
  return (
    <div className="appear grid justify-items-center px-4 py-16 text-center">
      <span className="grid size-14 place-items-center rounded-full border border-line bg-surface text-accent">
        <TickIcon className="size-7" />
      </span>
      <p className="mt-5 text-lg font-semibold">{words[status].title}</p>
      <p className="mt-1 text-muted">{words[status].text}</p>
    </div>
  );
}
