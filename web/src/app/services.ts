import { createSend } from '../api/send.ts';
import { holdsUnsavedText } from '../features/tasks/drafts.ts';
import { createAuthClient } from '../session/auth-client.ts';
import { createSession, type Session } from '../session/session.ts';
import { openTabChannel } from '../session/tab-channel.ts';
import { type OwnWorkspace, openWorkspace } from './workspace.ts';

export interface Services {
  session: Session<OwnWorkspace>;
  /** Makes an account and signs in to it. */
  signUp: ReturnType<typeof createAuthClient>['signUp'];
}

/** Puts the rooms of the page together with the real browser. */
export function createServices(): Services {
  const send = createSend(fetch.bind(window));
  const auth = createAuthClient(send);
  const session: Session<OwnWorkspace> = createSession({
    auth,
    channel: openTabChannel(),
    openWorkspace: (user) => openWorkspace({ user, auth, send, onSessionEnded: session.end }),
  });
  watchWindow(session);
  return { session, signUp: auth.signUp };
}

function watchWindow(session: Session<OwnWorkspace>): void {
  // A page from the back-forward cache may be of somebody who has signed out since.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) void session.recheck();
  });
  window.addEventListener('beforeunload', (event) => {
    const state = session.state.get();
    const workspace = 'workspace' in state ? state.workspace : undefined;
    if (workspace && holdsUnsavedText(workspace.drafts.get())) event.preventDefault();
  });
}
