import { Button } from '../../components/button.tsx';
import { useStore } from '../../use-store.ts';
import { saveUnsaved } from './add-task.ts';
import { dropUnsaved, type UnsavedTask } from './drafts.ts';
import { quoted, useTaskRoom } from './task-room.ts';

/** New tasks that the server does not have yet, so that none is ever out of sight. */
export function UnsavedTasks() {
  const room = useTaskRoom();
  const { unsaved } = useStore(room.drafts);
  if (unsaved.length === 0) return null;
  return (
    <ul aria-label="Not saved yet" className="mt-3 grid gap-2">
      {unsaved.map((task) => (
        <UnsavedRow key={task.id} task={task} />
      ))}
    </ul>
  );
}

function UnsavedRow({ task }: { task: UnsavedTask }) {
  const room = useTaskRoom();
  if (task.error === undefined) {
    return (
      <li className="appear-late px-3 py-1 wrap-anywhere text-muted">
        {task.title} <span className="text-sm">(saving…)</span>
      </li>
    );
  }
  return (
    <li className="rounded-lg border border-danger bg-danger-soft px-4 py-3">
      <p className="wrap-anywhere whitespace-pre-wrap font-medium">{task.title}</p>
      <p className="text-sm text-danger">{task.error}</p>
      <div className="mt-2 flex flex-wrap gap-2">
        <Button
          onClick={() => void saveUnsaved(room, task.id, task.title)}
          aria-label={`Try again to add ${quoted(task.title)}`}
        >
          Try again
        </Button>
        <Button
          look="quiet"
          onClick={() => dropUnsaved(room.drafts, task.id)}
          aria-label={`Discard ${quoted(task.title)}`}
        >
          Discard
        </Button>
      </div>
    </li>
  );
}
