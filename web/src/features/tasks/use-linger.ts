import { useRef, useState } from 'react';
import type { ShownTask } from '../../outbox/overlay.ts';

/** How long a tick is seen before its task leaves a list that it no longer belongs to. */
const lingerMs = 350;

/** The list with the tasks that have just been ticked off in it, for as long as a tick is seen. */
export function useLinger(shown: readonly ShownTask[]) {
  const [leaving, setLeaving] = useState<readonly ShownTask[]>([]);
  const latest = useRef(leaving);

  function keep(next: readonly ShownTask[]) {
    latest.current = next;
    setLeaving(next);
  }

  function linger(item: ShownTask) {
    keep([...latest.current.filter(({ task }) => task.id !== item.task.id), item]);
    setTimeout(() => keep(latest.current.filter((other) => other !== item)), lingerMs);
  }

  const gone = leaving.filter(({ task }) => !shown.some((other) => other.task.id === task.id));
  const list = [...shown, ...gone].sort((one, other) => (one.task.id < other.task.id ? 1 : -1));
  return { list, linger };
}
