import type { KeyboardEvent } from 'react';
import type { Task } from '../../../../src/contract/task.ts';
import { Button } from '../../components/button.tsx';
import { deleteTask } from './actions.ts';
import { useTaskRoom } from './task-room.ts';

/** Asks before a task is deleted for good; the focus begins on the harmless answer. */
export function DeleteQuestion({ task, keep }: { task: Task; keep: () => void }) {
  const room = useTaskRoom();
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Escape') keep();
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveElementInteractions: Escape is a shortcut for Keep.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields; this groups an answer.
    <div role="group" aria-label={`Delete ${task.title}?`} onKeyDown={onKeyDown} className="p-3">
      <p className="wrap-anywhere whitespace-pre-wrap">
        Delete <strong className="font-semibold">{task.title}</strong>? It cannot be brought back.
      </p>
      <div className="mt-3 flex gap-2">
        <Button look="danger" onClick={() => deleteTask(room, task)}>
          Delete
        </Button>
        <Button autoFocus onClick={keep}>
          Keep
        </Button>
      </div>
    </div>
  );
}
