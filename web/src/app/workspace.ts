import { QueryClient } from '@tanstack/react-query';
import { createApi } from '../api/client.ts';
import { NetworkFailure, type SessionEndReason } from '../api/failures.ts';
import { watchReachability } from '../api/reachability.ts';
import type { Send } from '../api/send.ts';
import { isUnsent } from '../drafts/drafts.ts';
import { keepLists, restoreLists } from '../features/tasks/kept-lists.ts';
import { forgetTask, storeTask } from '../features/tasks/task-cache.ts';
import type { Notice, TaskRoom } from '../features/tasks/task-room.ts';
import { openPersonStore } from '../kept/person-store.ts';
import { createRecords, type Shelf } from '../kept/records.ts';
import { type Change, readChange } from '../outbox/change.ts';
import { createOutbox } from '../outbox/outbox.ts';
import { createUuidV7 } from '../outbox/uuid-v7.ts';
import { createAccessTokens } from '../session/access-tokens.ts';
import { type AccountClient, createAccountClient } from '../session/account-client.ts';
import { createAuthClient, type User } from '../session/auth-client.ts';
import { watchForEnd } from '../session/end-watch.ts';
import type { Exclusively } from '../session/exclusively.ts';
import { keepAlive } from '../session/keep-alive.ts';
import type { Leases } from '../session/leases.ts';
import type { Workspace } from '../session/session.ts';
import type { TabChannel, TabMessage } from '../session/tab-channel.ts';
import { createStore } from '../store.ts';
import { schedule } from './schedule.ts';

/** Everything of one user that the page holds. */
export interface OwnWorkspace extends Workspace, TaskRoom {
  account: AccountClient;
  /** The page is seen again, or the network is back: looks after the session and what waits. */
  look(): void;
}

export interface WorkspaceOptions {
  user: User;
  send: Send;
  channel: TabChannel;
  exclusively: Exclusively;
  leases: Leases;
  onRenewal: (workspace: OwnWorkspace, renewal: 'asking' | 'theirs' | 'no answer') => void;
  onSessionEnd: (workspace: OwnWorkspace, reason: SessionEndReason) => void;
}

/** What tabs call it when one of them asks for a token of this person's. */
export const tokenTurns = (userId: string): string => `token-${userId}`;

const newId = createUuidV7(Date.now, (count) => crypto.getRandomValues(new Uint8Array(count)));

/**
 * Opens the workspace of a user who has just signed in or been found signed in, with everything
 * this browser keeps of theirs.
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<OwnWorkspace> {
  const { user, channel, exclusively } = options;
  const userId = user.id;
  const closing = new AbortController();
  const kept = openPersonStore(userId);
  const queries = createQueries();
  const { send, isReachable } = watchReachability(options.send);
  const changes = createRecords<Change>(changesOn(kept.changes), () =>
    channel.post({ type: 'changes', userId }),
  );
  const oneTokenAtATime = <T>(work: (waited: boolean) => Promise<T>) =>
    exclusively(tokenTurns(userId), work);
  const tokens = createAccessTokens({
    userId,
    // A page opened without a network has no token, and so asks the server for nothing else.
    issue: createAuthClient(send).accessToken,
    monotonicNow: () => performance.now(),
    exclusively: oneTokenAtATime,
    schedule,
    share: (token) => channel.post({ type: 'token', userId, token }),
    onRenewal: (renewal) => options.onRenewal(workspace, renewal),
    onEnd: (reason) => options.onSessionEnd(workspace, reason),
  });
  const api = createApi({ send, tokens, signal: closing.signal });
  const outbox = createOutbox({
    changes,
    api,
    newId,
    exclusively: (work) => exclusively(`outbox-${userId}`, work),
    schedule,
    onSaved(saved) {
      // The lists first: no moment shows neither the change nor what came of it.
      if ('task' in saved) {
        storeTask(queries, saved.task);
        channel.post({ type: 'saved', userId, task: saved.task });
      } else {
        forgetTask(queries, saved.goneId);
        channel.post({ type: 'gone', userId, taskId: saved.goneId });
      }
    },
  });
  const isVisible = () => document.visibilityState === 'visible';
  const alive = keepAlive({ tokens, isVisible, schedule });
  const endWatch = watchForEnd({
    ask: (waitSeconds) => api('getSession', { waitSeconds }),
    leases: options.leases,
    isVisible,
    monotonicNow: () => performance.now(),
    schedule,
  });

  function hear(message: TabMessage): void {
    if (message.userId !== userId || closing.signal.aborted) return;
    if (message.type === 'token') tokens.adopt(message.token);
    if (message.type === 'ended') tokens.end();
    if (message.type === 'saved') storeTask(queries, message.task);
    if (message.type === 'gone') forgetTask(queries, message.taskId);
    if (message.type === 'changes') void changes.refresh();
  }

  const workspace: OwnWorkspace = {
    user,
    account: createAccountClient({ send, user, exclusively: oneTokenAtATime }),
    api,
    queries,
    changes,
    outbox,
    newId,
    isReachable,
    notice: createStore<Notice | undefined>(undefined),
    look() {
      alive.look();
      endWatch.look();
      void outbox.send();
      // With nothing to send, only the lists find out that the server can be reached again.
      if (!isReachable.get()) void queries.invalidateQueries();
    },
    resume() {
      tokens.forget();
      workspace.look();
      void queries.invalidateQueries();
    },
    hasUnsent: () => changes.all.get().some(isUnsent),
    close() {
      closing.abort();
      outbox.close();
      alive.stop();
      endWatch.stop();
      stopKeeping();
    },
    async leave() {
      await changes.settled();
      if (workspace.hasUnsent()) await kept.forgetLists();
      else await kept.erase();
      kept.close();
    },
    async erase() {
      await changes.settled();
      await kept.erase();
    },
  };

  channel.listen(hear);
  await Promise.all([
    changes.refresh(),
    // Lists that cannot be read are loaded.
    restoreLists(queries, kept.lists).catch(() => undefined),
  ]);
  const stopKeeping = keepLists(queries, kept.lists);
  isReachable.subscribe(() => {
    if (!isReachable.get() || closing.signal.aborted) return;
    workspace.look();
    void queries.invalidateQueries();
  });
  return workspace;
}

/** What is kept and is not understood, perhaps of a newer version of the page, stays as it is. */
function changesOn(shelf: Shelf<unknown>): Shelf<Change> {
  return {
    readAll: async () => (await shelf.readAll()).flatMap((value) => readChange(value) ?? []),
    write: shelf.write,
    makeRoom: shelf.makeRoom,
  };
}

function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Being offline is a failure that is said aloud, not a request that waits unseen.
        networkMode: 'always',
        retry: (failures, error) => failures < 1 && isUnreachable(error),
      },
    },
  });
}

/** Worth one more try at once; a server that did not answer in time is not. */
function isUnreachable(error: unknown): boolean {
  return error instanceof NetworkFailure && error.kind === 'unreachable';
}
