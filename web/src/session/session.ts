import type { SessionEndReason } from '../api/failures.ts';
import { createStore, type Store } from '../store.ts';
import type { AuthClient, Credentials, User } from './auth-client.ts';
import type { TabChannel } from './tab-channel.ts';

/** Everything the page holds of one user; made when they sign in, thrown away as a whole. */
export interface Workspace {
  readonly user: User;
  /** The same user has signed in again: what waited for that goes on. */
  resume(): void;
  /** The user is gone: nothing of theirs is shown, sent or kept from now on. */
  close(): void;
}

/**
 * `ended`: the session is over, but not by anybody's wish. What was typed stays in memory for the
 * same user, out of sight, until they sign in again or somebody else does.
 */
export type SessionState<W extends Workspace> =
  | { status: 'unknown' }
  | { status: 'signed-out' }
  | { status: 'ended'; workspace: W }
  | { status: 'signed-in'; workspace: W };

export interface Session<W extends Workspace> {
  readonly state: Store<SessionState<W>>;
  /** The state once it is known: asks the issuer at the first call, and again after a failure. */
  load(): Promise<SessionState<W>>;
  /** Asks the issuer again whose session this is; an issuer out of reach changes nothing. */
  recheck(): Promise<void>;
  /** Signs in; throws CookieRefused when the browser did not keep the session. */
  signIn(credentials: Credentials): Promise<void>;
  /** Signs out here and in every tab; throws, still signed in, when the issuer did not do it. */
  signOut(): Promise<void>;
  /** The API or the issuer refused this workspace's user. */
  end(workspace: W, reason: SessionEndReason): void;
}

/** Signing in was right, and yet there is no session: the browser refuses the cookie. */
export class CookieRefused extends Error {
  override readonly name = 'CookieRefused';
}

export interface SessionOptions<W extends Workspace> {
  auth: AuthClient;
  channel: TabChannel;
  openWorkspace: (user: User) => W;
}

/** Who is signed in, the same in every tab: at most one workspace is open at any time. */
export function createSession<W extends Workspace>(options: SessionOptions<W>): Session<W> {
  const { auth, channel, openWorkspace } = options;
  const state = createStore<SessionState<W>>({ status: 'unknown' });
  let loading: Promise<void> | undefined;
  /** Counts the questions to the issuer: only the answer to the latest one is believed. */
  let questions = 0;

  function held(): W | undefined {
    const now = state.get();
    return now.status === 'ended' || now.status === 'signed-in' ? now.workspace : undefined;
  }

  function drop(): void {
    questions += 1;
    const workspace = held();
    state.set({ status: 'signed-out' });
    workspace?.close();
  }

  function admit(user: User): void {
    const previous = held();
    if (previous?.user.id === user.id) {
      if (state.get().status === 'signed-in') return;
      state.set({ status: 'signed-in', workspace: previous });
      previous.resume();
      return;
    }
    state.set({ status: 'signed-in', workspace: openWorkspace(user) });
    previous?.close();
  }

  async function ask(): Promise<void> {
    questions += 1;
    const mine = questions;
    const user = await auth.currentUser();
    if (mine !== questions) return;
    if (user !== undefined) return admit(user);
    const workspace = held();
    state.set(workspace ? { status: 'ended', workspace } : { status: 'signed-out' });
  }

  async function recheck(): Promise<void> {
    try {
      await ask();
    } catch {
      // An issuer out of reach says nothing about the session: what is known stays.
    }
  }

  channel.listen((message) => {
    if (message.type === 'signed-in') {
      const now = state.get();
      const same = now.status === 'signed-in' && now.workspace.user.id === message.userId;
      if (same) return;
      // Somebody else: theirs goes out of sight at once, whatever the issuer says next.
      if (held() && held()?.user.id !== message.userId) drop();
      void recheck();
    } else if (held()?.user.id === message.userId) drop();
  });

  return {
    state,
    recheck,
    async load() {
      // Again while unknown: an answer that a later question overtook says nothing.
      while (state.get().status === 'unknown') {
        loading ??= ask().finally(() => {
          loading = undefined;
        });
        await loading;
      }
      return state.get();
    },
    async signIn(credentials) {
      await auth.signIn(credentials);
      await ask();
      const now = state.get();
      if (now.status !== 'signed-in') throw new CookieRefused();
      channel.post({ type: 'signed-in', userId: now.workspace.user.id });
    },
    async signOut() {
      const workspace = held();
      await auth.signOut();
      drop();
      if (workspace) channel.post({ type: 'signed-out', userId: workspace.user.id });
    },
    end(workspace, reason) {
      const now = state.get();
      if (now.status !== 'signed-in' || now.workspace !== workspace) return;
      state.set({ status: 'ended', workspace });
      if (reason === 'other-user') void recheck();
    },
  };
}
