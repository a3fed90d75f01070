import { ApiProblem, NetworkFailure, SessionEnded } from '../api/failures.ts';
import { readTokenClaims } from './token-claims.ts';

const renewAtShareOfLife = 0.8;
const backOffFirstMs = 1_000;
const backOffMaxMs = 15_000;

/** The access token of one user: kept in memory only, renewed before it expires. */
export interface AccessTokens {
  /** A token that has not expired as far as this clock can tell. */
  get(): Promise<string>;
  /** A token other than the one that was rejected. */
  renew(rejected: string): Promise<string>;
  /** Forgets the token and every failure, so that the next call asks the issuer. */
  forget(): void;
}

export interface AccessTokensOptions {
  /** The only user whose tokens are ever handed out. */
  userId: string;
  /** Asks the issuer for a token with the session of this browser. */
  issue: () => Promise<string>;
  /** Milliseconds that only ever grow, whatever is done to the wall clock. */
  monotonicNow: () => number;
  /** Runs the work while no other tab runs its own. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Held {
  token: string;
  renewAtMs: number;
  expiresAtMs: number;
}

/**
 * One renewal runs at a time and all callers share it. After a failure no request is made until a
 * pause is over, which doubles up to 15 seconds or is what Retry-After says; meanwhile a token
 * that still lives is used and otherwise the failure is repeated. Throws SessionEnded when the
 * issuer gives no token any more, or gives one of another user.
 */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { userId, issue, monotonicNow, exclusively } = options;
  let held: Held | undefined;
  let renewal: Promise<Held> | undefined;
  /** Grows with forget(), so that a renewal under way from before it leaves nothing behind. */
  let generation = 0;
  let failures = 0;
  let pause: { untilMs: number; error: unknown } | undefined;

  async function requestToken(): Promise<Held> {
    // From before the request, so that the token's life is never taken for longer than it is.
    const { token, askedAtMs } = await exclusively(async () => {
      const askedAtMs = monotonicNow();
      return { token: await issue(), askedAtMs };
    });
    const claims = readTokenClaims(token);
    if (claims === undefined) throw new NetworkFailure('unreadable');
    if (claims.subject !== userId) throw new SessionEnded('other-user');
    const lifeMs = claims.lifetimeSeconds * 1_000;
    return {
      token,
      renewAtMs: askedAtMs + lifeMs * renewAtShareOfLife,
      expiresAtMs: askedAtMs + lifeMs,
    };
  }

  async function runRenewal(): Promise<Held> {
    const mine = generation;
    try {
      const fresh = await requestToken();
      if (mine !== generation) return fresh;
      held = fresh;
      failures = 0;
      pause = undefined;
      return fresh;
    } catch (error) {
      if (isUnauthorized(error)) throw new SessionEnded('over');
      if (mine === generation && !(error instanceof SessionEnded)) {
        failures += 1;
        pause = { untilMs: monotonicNow() + pauseMs(failures, error), error };
      }
      throw error;
    } finally {
      if (mine === generation) renewal = undefined;
    }
  }

  async function renewed(): Promise<Held> {
    if (pause !== undefined && monotonicNow() < pause.untilMs) throw pause.error;
    renewal ??= runRenewal();
    return renewal;
  }

  return {
    async get() {
      const now = monotonicNow();
      if (held !== undefined && now < held.renewAtMs) return held.token;
      const previous = held;
      try {
        return (await renewed()).token;
      } catch (error) {
        const stillLives = previous !== undefined && monotonicNow() < previous.expiresAtMs;
        if (stillLives && !(error instanceof SessionEnded)) return previous.token;
        throw error;
      }
    },
    async renew(rejected) {
      if (held !== undefined && held.token !== rejected) return held.token;
      held = undefined;
      return (await renewed()).token;
    },
    forget() {
      held = undefined;
      generation += 1;
      renewal = undefined;
      failures = 0;
      pause = undefined;
    },
  };
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.status === 401;
}

function pauseMs(failures: number, error: unknown): number {
  const asked = error instanceof ApiProblem ? error.retryAfterSeconds : undefined;
  if (asked !== undefined) return asked * 1_000;
  return Math.min(backOffMaxMs, backOffFirstMs * 2 ** (failures - 1));
}
