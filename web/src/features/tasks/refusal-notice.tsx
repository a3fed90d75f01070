import { Button } from '../../components/button.tsx';
import { mend } from '../../drafts/drafts.ts';
import type { Change } from '../../outbox/change.ts';
import { quoted, useTaskRoom } from './task-room.ts';

/** A change the server does not take, with its reason and every way on from there. */
export function RefusalNotice({ change }: { change: Change }) {
  const room = useTaskRoom();
  const { outbox } = room;
  const { refusal = {}, mine } = change;
  const reasons = [
    refusal.message,
    refusal.title && `Title: ${refusal.title}`,
    refusal.description && `Description: ${refusal.description}`,
  ].filter(Boolean);
  const title = quoted(mine.title);
  // The same text would be refused once more.
  const isAboutText = refusal.title !== undefined || refusal.description !== undefined;
  return (
    <div role="alert" className="rounded-lg border border-danger bg-danger-soft px-4 py-3">
      <p className="wrap-anywhere whitespace-pre-wrap font-medium">{mine.title}</p>
      {mine.description !== '' && (
        <p className="max-h-62.5 overflow-y-auto text-sm wrap-anywhere whitespace-pre-wrap">
          {mine.description}
        </p>
      )}
      <p className="mt-1 text-sm text-danger">
        {words[change.kind]} {reasons.join(' ')}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        {refusal.gone && (
          <Button onClick={() => outbox.addAnew(change)} aria-label={`Add ${title} as a new task`}>
            Add as a new task
          </Button>
        )}
        {!refusal.gone && !isAboutText && (
          <Button onClick={() => outbox.retry(change)} aria-label={`Try again: ${title}`}>
            Try again
          </Button>
        )}
        {change.kind !== 'delete' && !refusal.gone && (
          <Button onClick={() => mend(room, change)} aria-label={`Change ${title}`}>
            Change
          </Button>
        )}
        <Button look="quiet" onClick={() => outbox.discard(change)} aria-label={`Discard ${title}`}>
          Discard
        </Button>
      </div>
    </div>
  );
}

const words: Record<Change['kind'], string> = {
  add: 'Not added.',
  edit: 'Not saved.',
  delete: 'Not deleted.',
};
