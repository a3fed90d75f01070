import type { Problem } from '../../../src/contract/problem.ts';

/** The server answered with a problem (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;
  /** From Retry-After, where the answer had one. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** `unreadable`: something answered that is not Ownlist, such as a Wi-Fi sign-in page. */
export type NetworkFailureKind = 'unreachable' | 'timeout' | 'unreadable';

/** No answer of the server arrived; whether the request took effect is not known. */
export class NetworkFailure extends Error {
  override readonly name = 'NetworkFailure';
  readonly kind: NetworkFailureKind;

  constructor(kind: NetworkFailureKind, cause?: unknown) {
    super(`network failure: ${kind}`, { cause });
    this.kind = kind;
  }
}

/** `other-user`: the browser's session now belongs to somebody else. */
export type SessionEndReason = 'over' | 'other-user';

/** The session behind the access token no longer gives one for this user. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
  readonly reason: SessionEndReason;

  constructor(reason: SessionEndReason) {
    super(`session ended: ${reason}`);
    this.reason = reason;
  }
}
