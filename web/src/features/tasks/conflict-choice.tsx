import { useEffect, useRef } from 'react';
import type { Task } from '../../../../src/contract/task.ts';
import { Button } from '../../components/button.tsx';
import type { EditDraft } from './drafts.ts';
import { keepMine, leaveEdit } from './edit-task.ts';
import { useTaskRoom } from './task-room.ts';

/** Shows what the same text has become elsewhere, and leaves the choice to the person. */
export function ConflictChoice({ edit, theirs }: { edit: EditDraft; theirs: Task }) {
  const room = useTaskRoom();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);

  return (
    <div
      ref={box}
      role="alert"
      tabIndex={-1}
      className="rounded-lg border border-edge bg-page p-4 outline-offset-0"
    >
      <p className="font-semibold">This task changed elsewhere.</p>
      <p className="mt-1 text-muted">
        Your text is above and not saved yet. Elsewhere it now says:
      </p>
      <dl className="mt-3 grid gap-2">
        <Theirs label="Title" mine={edit.title} text={theirs.title} />
        <Theirs label="Description" mine={edit.description} text={theirs.description} />
      </dl>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button look="primary" onClick={() => void keepMine(room, edit)}>
          Keep mine
        </Button>
        <Button onClick={() => leaveEdit(room, edit)}>Take theirs</Button>
      </div>
    </div>
  );
}

function Theirs({ label, mine, text }: { label: string; mine: string; text: string }) {
  if (mine === text) return null;
  return (
    <div>
      <dt className="text-sm font-medium text-muted">{label}</dt>
      <dd className="max-h-60 overflow-y-auto wrap-anywhere whitespace-pre-wrap">
        {text === '' ? <em>(empty)</em> : text}
      </dd>
    </div>
  );
}
