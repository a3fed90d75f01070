import { ApiProblem } from '../../api/failures.ts';
import { isDraft, isUnsent } from '../../drafts/drafts.ts';
import type { Change } from '../../outbox/change.ts';
import { useStore } from '../../use-store.ts';
import { useChanges, useTaskRoom } from './task-room.ts';

/** Says openly what the server does not have yet and why, and what this browser does not keep. */
export function UnsentStatus() {
  const { isReachable, outbox, changes } = useTaskRoom();
  const reachable = useStore(isReachable);
  const trouble = useStore(outbox.trouble);
  const kept = useStore(changes.kept);
  const unsent = useChanges();
  const lines = [
    waitingLine(unsent.filter(isWaiting).length, kept, reachable, trouble),
    decisionLine(unsent.filter(({ state }) => state === 'conflict' || state === 'refused').length),
    kept ? undefined : storageLine(unsent),
  ].filter((line) => line !== undefined);
  return (
    <div role="status" className="mt-3 grid gap-2 empty:hidden">
      {lines.map((line) => (
        <p key={line} className="rounded-lg border border-edge bg-surface px-4 py-3 text-muted">
          {line}
        </p>
      ))}
    </div>
  );
}

function isWaiting({ state }: Change): boolean {
  return state === 'waiting' || state === 'sending';
}

function waitingLine(
  count: number,
  kept: boolean,
  reachable: boolean,
  trouble: unknown,
): string | undefined {
  const where = kept ? 'kept here' : 'in this page only';
  if (!reachable) {
    if (count === 0) return `Offline: Ownlist cannot be reached. What you do is ${where}.`;
    return `Offline: ${counted(count)} ${where}, and sent when Ownlist can be reached again.`;
  }
  if (trouble === undefined || count === 0) return undefined;
  return `${causeOf(trouble)}: ${counted(count)} ${where}, and sent when that is over.${referenceOf(trouble)}`;
}

/** There is nothing for the person to do, so nothing is asked of them. */
function causeOf(trouble: unknown): string {
  if (!(trouble instanceof ApiProblem)) return 'Something went wrong in this page';
  return trouble.problem.status === 429 ? 'Ownlist is busy' : 'The server has a problem';
}

function referenceOf(trouble: unknown): string {
  const id = trouble instanceof ApiProblem ? trouble.problem.requestId : '';
  return id === '' ? '' : ` Reference: ${id}`;
}

function counted(count: number): string {
  return count === 1 ? '1 change is' : `${count} changes are`;
}

function decisionLine(count: number): string | undefined {
  if (count === 0) return undefined;
  return count === 1 ? '1 change needs your decision.' : `${count} changes need your decision.`;
}

function storageLine(unsent: readonly Change[]): string {
  const typed = unsent.some((change) => isDraft(change) && isUnsent(change));
  const advice = 'Keep this page open until everything is saved.';
  return `This browser does not keep what you ${typed ? 'type' : 'do'} here: it has no room, or forbids it, as private windows do. ${advice}`;
}
