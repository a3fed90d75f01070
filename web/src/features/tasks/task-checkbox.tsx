import { useRef, useState } from 'react';
import type { Task } from '../../../../src/contract/task.ts';
import { TickIcon } from '../../components/icons.tsx';
import { setCompleted } from './change-task.ts';
import { useTaskRoom } from './task-room.ts';

/** Completes and reopens; while one change is on its way, a second one is not begun. */
export function TaskCheckbox({ task, labelledBy }: { task: Task; labelledBy: string }) {
  const room = useTaskRoom();
  const underWay = useRef(false);
  /** Shown at once: the list hears of it only after this event, too late for a checkbox. */
  const [wanted, setWanted] = useState<boolean>();

  async function change(completed: boolean) {
    if (underWay.current) return;
    underWay.current = true;
    setWanted(completed);
    await setCompleted(room, task, completed);
    underWay.current = false;
    setWanted(undefined);
  }

  return (
    <label className="relative grid size-12 shrink-0 cursor-pointer place-items-center">
      <input
        type="checkbox"
        checked={wanted ?? task.completed}
        aria-labelledby={labelledBy}
        aria-busy={wanted !== undefined || undefined}
        onChange={(event) => void change(event.target.checked)}
        className="peer size-6 cursor-pointer appearance-none rounded-full border-2 border-edge bg-surface transition-colors checked:border-accent checked:bg-accent hover:border-accent"
      />
      <TickIcon className="pointer-events-none absolute size-4 text-on-accent opacity-0 peer-checked:opacity-100" />
    </label>
  );
}
