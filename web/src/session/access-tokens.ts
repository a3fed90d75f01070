import {
  ApiProblem,
  NetworkFailure,
  SessionEnded,
  type SessionEndReason,
} from '../api/failures.ts';
import { readTokenClaims } from './token-claims.ts';

const renewAtShareOfLife = 0.8;
const backOffFirstMs = 1_000;
const backOffMaxMs = 15_000;
/** How long the token of the tab that had its turn before is waited for. */
const arrivalMaxMs = 500;

/** The access token of one user: kept in memory only, renewed before it expires. */
export interface AccessTokens {
  /**
   * A token that has not expired as far as this clock can tell; with `maxAgeMs` one that the
   * issuer gave no longer ago than that, so that it has said lately that the session goes on.
   */
  get(maxAgeMs?: number): Promise<string>;
  /** A token other than the one that was rejected. */
  renew(rejected: string): Promise<string>;
  /** The API refuses even a fresh token: the session is over. Gives the error to throw. */
  end(): SessionEnded;
  /** Takes a fresh token that another tab was given; a token that is not this user's is left. */
  adopt(token: string): void;
  /** Milliseconds until a renewal is due: 0 when there is no token, or none that lives. */
  dueInMs(): number;
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
  /** Runs the work while no other tab runs its own; tells it whether it had to wait for one. */
  exclusively: <T>(work: (waited: boolean) => Promise<T>) => Promise<T>;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  schedule: (run: () => void, milliseconds: number) => () => void;
  /** Tells the other tabs of a fresh token. */
  share: (token: string) => void;
  /** Told when the issuer is asked, and whether it gave a token or no answer. */
  onRenewal: (renewal: 'asking' | 'theirs' | 'no answer') => void;
  /** Told once that there will be no more tokens. */
  onEnd: (reason: SessionEndReason) => void;
}

interface Held {
  token: string;
  askedAtMs: number;
  renewAtMs: number;
  expiresAtMs: number;
}

/**
 * One renewal runs at a time, in all tabs together, and every caller in every tab shares it. After
 * a failure no request is made until a pause is over, which doubles up to 15 seconds or is what
 * Retry-After says; meanwhile a token that still lives is used and otherwise the failure is
 * repeated. Throws SessionEnded when the issuer gives no token any more, or gives one of another
 * user; from then on nothing is asked until `forget`.
 */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { userId, issue, monotonicNow, exclusively, schedule, share, onRenewal, onEnd } = options;
  let held: Held | undefined;
  /** A token that the API refused: neither another tab's word nor a slow answer brings it back. */
  let refused: string | undefined;
  let ended: SessionEnded | undefined;
  let renewal: Promise<Held> | undefined;
  /** Grows with forget(), so that a renewal under way from before it leaves nothing behind. */
  let generation = 0;
  let failures = 0;
  let pause: { untilMs: number; error: unknown } | undefined;
  /** Called when another tab's token or the end of the session arrives. */
  let arrived: () => void = () => undefined;

  /** Counts from before the request, so that a life is never taken for longer than it is. */
  function hold(token: string, askedAtMs: number): Held {
    const claims = readTokenClaims(token);
    if (claims === undefined) throw new NetworkFailure('unreadable');
    if (claims.subject !== userId) throw new SessionEnded('other-user');
    const lifeMs = claims.lifetimeSeconds * 1_000;
    return {
      token,
      askedAtMs,
      renewAtMs: askedAtMs + lifeMs * renewAtShareOfLife,
      expiresAtMs: askedAtMs + lifeMs,
    };
  }

  function isFresh(candidate: Held, maxAgeMs: number): boolean {
    const now = monotonicNow();
    return now < candidate.renewAtMs && now - candidate.askedAtMs <= maxAgeMs;
  }

  function requestToken(maxAgeMs: number): Promise<Held> {
    return exclusively(async (waited) => {
      // While this tab waited for its turn, another one was given a token, or none any more. Its
      // word of that can arrive a little later than the turn.
      if (waited && !ended && !(held && isFresh(held, maxAgeMs))) await arrival();
      if (ended) throw ended;
      if (held && isFresh(held, maxAgeMs)) return held;
      const askedAtMs = monotonicNow();
      const fresh = hold(await issue(), askedAtMs);
      share(fresh.token);
      return fresh;
    });
  }

  function arrival(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopWaiting = schedule(resolve, arrivalMaxMs);
    arrived = resolve;
    return promise.finally(stopWaiting);
  }

  async function runRenewal(maxAgeMs: number): Promise<Held> {
    const mine = generation;
    onRenewal('asking');
    try {
      const fresh = await requestToken(maxAgeMs);
      if (mine !== generation) return fresh;
      held = fresh;
      failures = 0;
      pause = undefined;
      onRenewal('theirs');
      return fresh;
    } catch (failure) {
      const error = isUnauthorized(failure) ? new SessionEnded('over') : failure;
      if (mine !== generation) throw error;
      if (error instanceof SessionEnded) endWith(error);
      else {
        failures += 1;
        pause = { untilMs: monotonicNow() + pauseMs(failures, error), error };
        onRenewal('no answer');
      }
      throw error;
    } finally {
      if (mine === generation) renewal = undefined;
    }
  }

  function endWith(error: SessionEnded): void {
    if (ended) return;
    held = undefined;
    ended = error;
    arrived();
    onEnd(error.reason);
  }

  async function renewed(maxAgeMs = Number.POSITIVE_INFINITY): Promise<Held> {
    if (ended) throw ended;
    if (pause !== undefined && monotonicNow() < pause.untilMs) throw pause.error;
    renewal ??= runRenewal(maxAgeMs);
    return renewal;
  }

  return {
    async get(maxAgeMs = Number.POSITIVE_INFINITY) {
      const previous = held;
      if (previous && isFresh(previous, maxAgeMs)) return previous.token;
      try {
        return (await renewed(maxAgeMs)).token;
      } catch (error) {
        const stillLives = previous !== undefined && monotonicNow() < previous.expiresAtMs;
        if (stillLives && !(error instanceof SessionEnded)) return previous.token;
        throw error;
      }
    },
    async renew(rejected) {
      if (held !== undefined && held.token !== rejected) return held.token;
      held = undefined;
      refused = rejected;
      return (await renewed()).token;
    },
    end() {
      const error = new SessionEnded('over');
      endWith(error);
      return error;
    },
    adopt(token) {
      if (token === refused || ended) return;
      const claims = readTokenClaims(token);
      if (claims?.subject !== userId) return;
      held = hold(token, monotonicNow());
      arrived();
    },
    dueInMs: () => (held === undefined ? 0 : Math.max(0, held.renewAtMs - monotonicNow())),
    forget() {
      held = undefined;
      refused = undefined;
      ended = undefined;
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
