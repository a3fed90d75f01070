import { QueryClient } from '@tanstack/react-query';
import { createApi } from '../api/client.ts';
import { NetworkFailure, type SessionEndReason } from '../api/failures.ts';
import type { Send } from '../api/send.ts';
import { createDrafts } from '../features/tasks/drafts.ts';
import type { Notice, TaskRoom } from '../features/tasks/task-room.ts';
import { createUuidV7 } from '../features/tasks/uuid-v7.ts';
import { createAccessTokens } from '../session/access-tokens.ts';
import type { AuthClient, User } from '../session/auth-client.ts';
import { exclusivelyAcrossTabs } from '../session/exclusively.ts';
import type { Workspace } from '../session/session.ts';
import { createStore } from '../store.ts';

/** Everything of one user that the page holds, in memory and nowhere else. */
export type OwnWorkspace = Workspace & TaskRoom;

export interface WorkspaceOptions {
  user: User;
  auth: AuthClient;
  send: Send;
  onSessionEnded: (workspace: OwnWorkspace, reason: SessionEndReason) => void;
}

const newId = createUuidV7(Date.now, (count) => crypto.getRandomValues(new Uint8Array(count)));

/** Opens the workspace of a user who has just signed in or been found signed in. */
export function openWorkspace({ user, auth, send, onSessionEnded }: WorkspaceOptions) {
  const closing = new AbortController();
  let resumption: PromiseWithResolvers<void> | undefined;
  const queries = createQueries();
  const drafts = createDrafts(newId);
  const tokens = createAccessTokens({
    userId: user.id,
    issue: auth.accessToken,
    monotonicNow: () => performance.now(),
    exclusively: exclusivelyAcrossTabs(navigator.locks),
  });
  const api = createApi({
    send,
    tokens,
    signal: closing.signal,
    signedInAgain(ended) {
      closing.signal.throwIfAborted();
      resumption ??= Promise.withResolvers();
      onSessionEnded(workspace, ended.reason);
      return resumption.promise;
    },
  });
  const workspace: OwnWorkspace = {
    user,
    api,
    queries,
    drafts,
    newId,
    notice: createStore<Notice | undefined>(undefined),
    resume() {
      tokens.forget();
      resumption?.resolve();
      resumption = undefined;
    },
    close() {
      closing.abort();
      resumption?.reject(closing.signal.reason);
      tokens.forget();
      queries.clear();
      drafts.set(createDrafts(newId).get());
    },
  };
  return workspace;
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
