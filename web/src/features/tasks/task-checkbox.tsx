import type { Task } from '../../../../src/contract/task.ts';
import { TickIcon } from '../../components/icons.tsx';

interface TaskCheckboxProps {
  task: Task;
  labelledBy: string;
  change: (completed: boolean) => void;
}

/** Completes and reopens. */
export function TaskCheckbox({ task, labelledBy, change }: TaskCheckboxProps) {
  return (
    <label className="relative grid size-12 shrink-0 cursor-pointer place-items-center">
      <input
        type="checkbox"
        checked={task.completed}
        aria-labelledby={labelledBy}
        onChange={(event) => change(event.target.checked)}
        className="peer size-6 cursor-pointer appearance-none rounded-full border-2 border-edge bg-surface transition-colors checked:border-accent checked:bg-accent hover:border-accent"
      />
      <TickIcon className="pointer-events-none absolute size-4 text-on-accent opacity-0 peer-checked:opacity-100" />
    </label>
  );
}
