import { NetworkFailure } from '../api/failures.ts';
import { membersOf } from '../api/parse-problem.ts';
import type { Send } from '../api/send.ts';

export interface User {
  id: string;
  name: string;
  email: string;
}

/** A session as the issuer describes it. */
export interface SignedIn {
  user: User;
  /** When it ends unless it is used before: milliseconds since 1970, by the server's clock. */
  sessionEndsAt: number;
}

export interface Credentials {
  email: string;
  password: string;
}

/** The issuer's endpoints that the page uses; every failure is thrown as `send` throws it. */
export interface AuthClient {
  /** Makes the account, or does nothing at all where the address is known: both look alike. */
  signUp(account: Credentials & { name: string }): Promise<void>;
  /** Opens a session, which the browser keeps in a cookie that no script can read. */
  signIn(credentials: Credentials): Promise<void>;
  signOut(): Promise<void>;
  /** The session this browser holds; undefined when it holds none. */
  currentSession(): Promise<SignedIn | undefined>;
  /** A new access token; 401 when there is no session. */
  accessToken(): Promise<string>;
}

/** Speaks to Better Auth as it is mounted under /api/auth. */
export function createAuthClient(send: Send): AuthClient {
  async function post(path: string, body: unknown): Promise<void> {
    const headers = { 'Content-Type': 'application/json' };
    await send({ method: 'POST', path: `/api/auth/${path}`, headers, body, cookies: true });
  }
  function get(path: string): Promise<unknown> {
    return send({ method: 'GET', path: `/api/auth/${path}`, cookies: true });
  }
  return {
    signUp: (account) => post('sign-up/email', account),
    signIn: (credentials) => post('sign-in/email', { ...credentials, rememberMe: true }),
    signOut: () => post('sign-out', {}),
    async currentSession() {
      const answer = await get('get-session');
      return answer === null || answer === undefined ? undefined : readSession(answer);
    },
    async accessToken() {
      const token = membersOf(await get('token'))?.['token'];
      if (typeof token !== 'string') throw new NetworkFailure('unreadable');
      return token;
    },
  };
}

function readSession(answer: unknown): SignedIn {
  const { id, name, email } = membersOf(membersOf(answer)?.['user']) ?? {};
  const { expiresAt } = membersOf(membersOf(answer)?.['session']) ?? {};
  const sessionEndsAt = typeof expiresAt === 'string' ? Date.parse(expiresAt) : Number.NaN;
  if (typeof id !== 'string' || typeof email !== 'string' || Number.isNaN(sessionEndsAt)) {
    throw new NetworkFailure('unreadable');
  }
  return { user: { id, email, name: typeof name === 'string' ? name : '' }, sessionEndsAt };
}
