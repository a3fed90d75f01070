import { explain } from '../../api/explain.ts';
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
    waitingLine(unsent.filter(isWaiting).length, reachable, trouble),
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

function waitingLine(count: number, reachable: boolean, trouble: unknown): string | undefined {
  if (!reachable) {
    if (count === 0) return 'Offline: Ownlist cannot be reached. What you do is kept here.';
    return `Offline: ${counted(count)} kept here, and sent when Ownlist can be reached again.`;
  }
  if (trouble === undefined || count === 0) return undefined;
  return `${explain(trouble)} Meanwhile ${counted(count)} kept here and tried again.`;
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
