import { createSend } from '../api/send.ts';
import { openBrowserStore } from '../kept/browser-store.ts';
import { createAuthClient } from '../session/auth-client.ts';
import { createExclusively } from '../session/exclusively.ts';
import { createLeases } from '../session/leases.ts';
import { createSession, type Session } from '../session/session.ts';
import { openTabChannel } from '../session/tab-channel.ts';
import { createPeople, findAwaited } from './people.ts';
import { schedule } from './schedule.ts';
import { type OwnWorkspace, openWorkspace, tokenTurns } from './workspace.ts';

export interface Services {
  session: Session<OwnWorkspace>;
  /** Makes an account and signs in to it. */
  signUp: ReturnType<typeof createAuthClient>['signUp'];
  /** The address of somebody whose unsent work waits for their return. */
  awaited: () => Promise<string | undefined>;
}

/** Puts the rooms of the page together with the real browser. */
export function createServices(): Services {
  const send = createSend(fetch.bind(window));
  const auth = createAuthClient(send);
  const channel = openTabChannel();
  const store = openBrowserStore();
  const leases = createLeases({
    changeLease: store.changeLease,
    now: Date.now,
    holder: randomName(),
  });
  const exclusively = createExclusively({ locks: navigator.locks, leases });
  const session: Session<OwnWorkspace> = createSession({
    auth,
    channel,
    people: createPeople(store),
    schedule,
    withoutRenewals: (userId, work) => exclusively(tokenTurns(userId), work),
    restart: () => window.location.replace('/'),
    openWorkspace: (user) =>
      openWorkspace({
        user,
        send,
        channel,
        exclusively,
        leases,
        onRenewal: session.onRenewal,
        onSessionEnd: session.end,
      }),
  });
  watchWindow(session);
  return {
    session,
    signUp: auth.signUp,
    // A browser that refuses storage keeps nobody waiting.
    awaited: () => findAwaited(store).catch(() => undefined),
  };
}

/** `crypto.randomUUID` needs HTTPS or localhost; this does not. */
function randomName(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

function watchWindow(session: Session<OwnWorkspace>): void {
  const workspace = () => session.state.get().workspace;
  // Whoever goes back to a page that the browser has kept whole may be somebody else: it is out of
  // sight from the moment it goes, and begins anew.
  window.addEventListener('pagehide', ({ persisted }) => {
    document.documentElement.hidden = persisted;
  });
  window.addEventListener('pageshow', async ({ persisted }) => {
    if (!persisted) return;
    if (workspace()?.changes.kept.get() ?? true) return window.location.reload();
    await session.recheck();
    document.documentElement.hidden = false;
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') workspace()?.look();
  });
  window.addEventListener('online', () => workspace()?.look());
  window.addEventListener('beforeunload', (event) => {
    const own = workspace();
    // What the browser keeps is there when the page is opened again.
    if (own?.hasUnsent() && !own.changes.kept.get()) event.preventDefault();
  });
}
