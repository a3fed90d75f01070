import type { SessionEndReason } from '../api/failures.ts';
import { createStore, type Store } from '../store.ts';
import type { AuthClient, Credentials, SignedIn, User } from './auth-client.ts';
import { afterEvent, type SessionEvent, type SessionStatus } from './session-states.ts';
import type { TabChannel, TabMessage } from './tab-channel.ts';

/** How long the first answer of the issuer is waited for before the page opens without it. */
const patienceMs = 2_500;

/** Everything the page holds of one person; a page holds that of one person in its life. */
export interface Workspace {
  readonly user: User;
  /** The person's session goes on: what waited for that goes on as well. */
  resume(): void;
  /** Whether something waits here that the server does not have. */
  hasUnsent(): boolean;
  /** Stops at once: nothing of the person's is sent from now on. */
  close(): void;
  /** Closed, and only what waits to be sent stays in the browser, for the person's return. */
  leave(): Promise<void>;
  /** Closed, and nothing of the person's stays in the browser. */
  erase(): Promise<void>;
}

/** `workspace` is there from the moment a person is known until they are gone. */
export interface SessionState<W extends Workspace> {
  status: SessionStatus;
  workspace?: W;
  /** Who has signed in in place of the workspace's person, once that is known. */
  other?: User;
}

/** Who has been in this browser; a browser that refuses storage knows nobody. */
export interface People {
  /** Whom the page opens for without an answer: undefined once their session has run out. */
  current(): Promise<User | undefined>;
  welcome(user: User, sessionEndsAt: number): Promise<void>;
  dismiss(userId: string): Promise<void>;
  dismissAll(): Promise<void>;
  forget(userId: string): Promise<void>;
}

export interface Session<W extends Workspace> {
  readonly state: Store<SessionState<W>>;
  /** The state once it is known; throws when the issuer is out of reach and nobody was here. */
  load(): Promise<SessionState<W>>;
  /** Asks the issuer again whose session this is; an issuer out of reach changes nothing. */
  recheck(): Promise<void>;
  /** Signs in; throws CookieRefused when the browser did not keep the session. */
  signIn(credentials: Credentials): Promise<void>;
  /** Signs out here and in every tab; throws, still signed in, when the issuer did not do it. */
  signOut(): Promise<void>;
  /** Leaves an ended session, or goes on as the other person: what waits stays for its owner. */
  leave(): Promise<void>;
  /** A token is being asked for, or no longer is, with or without an answer. */
  onRenewal(workspace: W, renewal: 'asking' | 'theirs' | 'no answer'): void;
  /** The API or the issuer refused this workspace's person. */
  end(workspace: W, reason: SessionEndReason): void;
  /** The other tabs learn that tokens of before are worth nothing: the password is another. */
  announceNewPassword(): void;
}

/** Signing in was right, and yet there is no session: the browser refuses the cookie. */
export class CookieRefused extends Error {
  override readonly name = 'CookieRefused';
}

export interface SessionOptions<W extends Workspace> {
  auth: AuthClient;
  channel: TabChannel;
  people: People;
  openWorkspace: (user: User) => Promise<W>;
  /** Runs the work while no tab asks the issuer for a token of this person's. */
  withoutRenewals: <T>(userId: string, work: () => Promise<T>) => Promise<T>;
  /** Begins the page anew, with nothing in its memory. */
  restart: () => void;
  schedule: (run: () => void, milliseconds: number) => () => void;
}

/**
 * Who is signed in, the same in every tab, as the table in session-states says. A page that has
 * been one person's is never another's: it begins anew, so that nothing is left in its memory.
 */
export function createSession<W extends Workspace>(options: SessionOptions<W>): Session<W> {
  const { auth, channel, people, openWorkspace, withoutRenewals, restart, schedule } = options;
  const state = createStore<SessionState<W>>({ status: 'unknown' });
  let loading: Promise<void> | undefined;
  /** Counts the questions to the issuer: only the answer to the latest one is believed. */
  let questions = 0;

  function happens(event: SessionEvent): void {
    const { status, workspace } = state.get();
    const next = afterEvent(status, event);
    if (next === status) return;
    state.set(workspace ? { status: next, workspace } : { status: next });
    if (isLive(next) && !isLive(status)) workspace?.resume();
    if (next === 'ended' && workspace) void people.dismiss(workspace.user.id).catch(ignore);
  }

  async function open(user: User): Promise<void> {
    const workspace = await openWorkspace(user);
    if (state.get().workspace) return workspace.close();
    state.set({ status: state.get().status, workspace });
  }

  async function believe(answer: SignedIn | undefined, mine: number): Promise<void> {
    if (mine !== questions) return;
    if (answer === undefined) {
      // Opened again without a network, the page opens for nobody either.
      if (!state.get().workspace) await people.dismissAll().catch(ignore);
      if (mine === questions) happens('none');
      return;
    }
    const { user, sessionEndsAt } = answer;
    const { workspace } = state.get();
    if (workspace && workspace.user.id !== user.id) return makeWay(workspace, user);
    await people.welcome(user, sessionEndsAt).catch(ignore);
    if (!workspace) await open(user);
    if (mine === questions) happens('theirs');
  }

  /** Somebody else has signed in: at once if nothing waits, else when the person has seen it. */
  async function makeWay(workspace: W, other?: User): Promise<void> {
    happens('another');
    if (!workspace.hasUnsent()) return leave();
    if (other) state.set({ ...state.get(), other });
    else await recheck();
  }

  async function ask(): Promise<void> {
    questions += 1;
    const mine = questions;
    await believe(await auth.currentSession(), mine);
  }

  async function recheck(): Promise<void> {
    try {
      await ask();
    } catch {
      // An issuer out of reach says nothing about the session: what is known stays.
    }
  }

  /** Opens for the person of last time when the issuer does not answer in time. */
  async function begin(): Promise<void> {
    const question = ask();
    const late = Promise.withResolvers<'late'>();
    const stopWaiting = schedule(() => late.resolve('late'), patienceMs);
    let failure: unknown;
    const first = await Promise.race([
      question.catch((error: unknown) => {
        failure = error;
        return 'late' as const;
      }),
      late.promise,
    ]);
    stopWaiting();
    if (first !== 'late') return;
    const user = await people.current().catch(ignore);
    if (user === undefined) return failure === undefined ? question : Promise.reject(failure);
    if (state.get().status !== 'unknown') return;
    await open(user);
    happens('no answer');
    // Late is not never: the answer, when it comes, is believed as any other.
    question.catch(ignore);
  }

  async function leave(): Promise<void> {
    const { workspace } = state.get();
    if (workspace) {
      workspace.close();
      await people.dismiss(workspace.user.id).catch(ignore);
      await workspace.leave().catch(ignore);
    }
    restart();
  }

  async function depart(workspace: W): Promise<void> {
    questions += 1;
    workspace.close();
    happens('sign out');
    await people.forget(workspace.user.id).catch(ignore);
    await workspace.erase().catch(ignore);
    restart();
  }

  /** Word from another tab about the person of this page. */
  function hearOfOwn(type: TabMessage['type'], workspace: W): void {
    if (type === 'signed-out') void depart(workspace);
    if (type === 'ended') happens('none');
    if (type === 'new-password') workspace.resume();
    if (type === 'signed-in' && state.get().status !== 'active') void recheck();
  }

  channel.listen(({ type, userId }) => {
    const { workspace } = state.get();
    if (workspace?.user.id === userId) return hearOfOwn(type, workspace);
    if (type !== 'signed-in') return;
    // Theirs goes out of sight at once, whatever the issuer says next.
    if (workspace) void makeWay(workspace);
    else void recheck();
  });

  return {
    state,
    recheck,
    leave,
    async load() {
      // Again while unknown: an answer that a later question overtook says nothing.
      while (state.get().status === 'unknown') {
        loading ??= begin().finally(() => {
          loading = undefined;
        });
        await loading;
      }
      return state.get();
    },
    async signIn(credentials) {
      await auth.signIn(credentials);
      questions += 1;
      const mine = questions;
      const answer = await auth.currentSession();
      if (answer === undefined) throw new CookieRefused();
      channel.post({ type: 'signed-in', userId: answer.user.id });
      await believe(answer, mine);
    },
    async signOut() {
      const { workspace } = state.get();
      if (!workspace) return auth.signOut();
      const { id: userId } = workspace.user;
      // Whoever is told by the server that the session is over learns first that it was on purpose.
      await withoutRenewals(userId, async () => {
        await auth.signOut();
        channel.post({ type: 'signed-out', userId });
      });
      await depart(workspace);
    },
    onRenewal(workspace, renewal) {
      const now = state.get();
      if (now.workspace === workspace && isLive(now.status)) happens(renewal);
    },
    end(workspace, reason) {
      if (state.get().workspace !== workspace) return;
      if (reason === 'other-user') return void makeWay(workspace);
      if (state.get().status === 'ended') return;
      happens('none');
      channel.post({ type: 'ended', userId: workspace.user.id });
    },
    announceNewPassword() {
      const { workspace } = state.get();
      workspace?.resume();
      if (workspace) channel.post({ type: 'new-password', userId: workspace.user.id });
    },
  };
}

function isLive(status: SessionStatus): boolean {
  return status === 'active' || status === 'renewing';
}

function ignore(): undefined {
  // The browser refuses storage: nothing was kept there either.
}
