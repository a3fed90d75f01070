import { ProblemError } from '../../contract/problem-error.ts';
import type { Principal } from '../principal.ts';
import { AccessTokenError, type VerifyAccessToken } from './access-token.ts';
import type { Revocations } from './revocations.ts';

/** Tokens remembered at a time; with tokens of 700 bytes this is below 10 MB. */
const rememberedMax = 10_000;

export interface VerifiedTokensOptions {
  verify: VerifyAccessToken;
  revocations: Revocations;
  /** Changes when a key is retired: what it signed has to be looked at again. */
  generation: () => number;
  /** Whether the revocations are up to date, at a time in milliseconds since 1970. */
  isFresh: (now: number) => boolean;
  now?: () => number;
  max?: number;
}

/**
 * Verifies a token once and remembers that it was right, since a client sends the same one for
 * minutes. Its expiry, the end of its session and the retirement of keys are looked at every
 * time. Only successes are remembered, so nobody can fill the memory with what is wrong.
 * @throws {AccessTokenError} for a token that is not, or no longer, right.
 * @throws {ProblemError} `unavailable` while ended sessions cannot be told from live ones.
 */
export function rememberVerified(options: VerifiedTokensOptions): VerifyAccessToken {
  const { verify, revocations, generation, isFresh, max = rememberedMax } = options;
  const now = options.now ?? Date.now;
  const remembered = new Map<string, Principal>();
  let rememberedGeneration = generation();

  const recall = (token: string, at: number): Principal | undefined => {
    if (generation() !== rememberedGeneration) {
      remembered.clear();
      rememberedGeneration = generation();
    }
    const principal = remembered.get(token);
    return principal !== undefined && principal.expiresAt * 1000 > at ? principal : undefined;
  };
  const remember = (token: string, principal: Principal) => {
    const [oldest = token] = remembered.keys();
    if (remembered.size >= max) remembered.delete(oldest);
    remembered.set(token, principal);
  };

  const verifyAnew = async (token: string, known: Principal | undefined): Promise<Principal> => {
    let principal = known;
    if (principal === undefined) {
      const before = rememberedGeneration;
      principal = await verify(token);
      // A key may have been retired meanwhile, and another request have noticed it already.
      if (before === generation()) remember(token, principal);
    }
    if (!isFresh(now())) {
      throw new ProblemError('unavailable', 'It is not known which sessions have ended.', {
        headers: { 'retry-after': '5' },
      });
    }
    if (revocations.has(principal)) throw sessionEnded();
    return principal;
  };

  return (token) => {
    const at = now(); // A look at the clock is an eighth of all this.
    const principal = recall(token, at);
    const isGood = principal !== undefined && isFresh(at) && !revocations.has(principal);
    return isGood ? principal : verifyAnew(token, principal);
  };
}

/** Why a token is refused whose session ended before it did. */
export function sessionEnded(): AccessTokenError {
  return new AccessTokenError('token_revoked', 'The session of the access token has ended');
}
