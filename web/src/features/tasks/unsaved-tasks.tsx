import { draftsOf } from '../../drafts/drafts.ts';
import { newTaskFieldId } from '../../outbox/change.ts';
import { RefusalNotice } from './refusal-notice.tsx';
import { TaskEditor } from './task-editor.tsx';
import { useChanges } from './task-room.ts';

/** New tasks that the server does not take: in sight until they are mended or discarded. */
export function UnsavedTasks() {
  const changes = useChanges();
  const refused = changes.filter(({ kind, state }) => kind === 'add' && state === 'refused');
  const mending = draftsOf(changes).filter(
    ({ kind, id }) => kind === 'add' && id !== newTaskFieldId,
  );
  if (refused.length + mending.length === 0) return null;
  return (
    <ul aria-label="Not saved yet" className="mt-3 grid gap-2">
      {refused.map((change) => (
        <li key={change.id}>
          <RefusalNotice change={change} />
        </li>
      ))}
      {mending.map((draft) => (
        <li key={draft.id} className="rounded-xl border border-line bg-surface p-1">
          <TaskEditor draft={draft} />
        </li>
      ))}
    </ul>
  );
}
