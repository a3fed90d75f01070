import type { Task } from '../../../src/contract/task.ts';
import { isTask, membersOf } from '../api/parse-problem.ts';

/** What tabs of one browser tell each other about the person with this id. */
export type TabMessage = { userId: string } & (
  | { type: 'signed-in' | 'signed-out' | 'ended' | 'new-password' }
  /** A fresh access token, so that one renewal serves all tabs; it is in memory only there too. */
  | { type: 'token'; token: string }
  /** Something was written to the changes that are kept. */
  | { type: 'changes' }
  | { type: 'saved'; task: Task }
  | { type: 'gone'; taskId: string }
);

export interface TabChannel {
  post(message: TabMessage): void;
  /** Hears what the other tabs post, never what this one does. */
  listen(hear: (message: TabMessage) => void): void;
}

/** The channel of this origin; a silent one where the browser has none. */
export function openTabChannel(): TabChannel {
  const channel =
    typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('ownlist');
  return {
    post: (message) => channel?.postMessage(message),
    listen(hear) {
      channel?.addEventListener('message', (event: MessageEvent<unknown>) => {
        const message = readMessage(event.data);
        if (message !== undefined) hear(message);
      });
    },
  };
}

/** A tab may run another version of the page: what is not understood is not heard. */
function readMessage(data: unknown): TabMessage | undefined {
  const { type, userId, token, task, taskId } = membersOf(data) ?? {};
  if (typeof userId !== 'string') return undefined;
  switch (type) {
    case 'signed-in':
    case 'signed-out':
    case 'ended':
    case 'new-password':
    case 'changes':
      return { type, userId };
    case 'token':
      return typeof token === 'string' ? { type, userId, token } : undefined;
    case 'saved':
      return isTask(task) ? { type, userId, task } : undefined;
    case 'gone':
      return typeof taskId === 'string' ? { type, userId, taskId } : undefined;
    default:
      return undefined;
  }
}
