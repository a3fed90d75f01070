import { membersOf } from '../api/parse-problem.ts';

/** What tabs of one browser tell each other: who signed in or out, and nothing else. */
export interface TabMessage {
  type: 'signed-in' | 'signed-out';
  userId: string;
}

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

function readMessage(data: unknown): TabMessage | undefined {
  const { type, userId } = membersOf(data) ?? {};
  const known = type === 'signed-in' || type === 'signed-out';
  return known && typeof userId === 'string' ? { type, userId } : undefined;
}
