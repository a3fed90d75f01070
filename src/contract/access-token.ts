/** Media type of the token in its `typ` header (RFC 9068 §2.1), without `application/`. */
export const accessTokenType = 'at+jwt';

/** The answer of `GET /api/auth/token`. */
export interface IssuedToken {
  token: string;
  /** RFC 3339, UTC. */
  expiresAt: string;
}

/** What the API is called in `aud` unless configured otherwise. */
export const defaultAudience = (origin: string): string => `${origin}/api`;

/** A shared secret and its version, which is the `kid` of the tokens it signs. */
export interface VersionedSecret {
  version: string;
  value: string;
}

/**
 * The current secret, and the retired ones: they sign nothing any more, and what they have signed
 * goes on being accepted.
 */
export type Secrets = readonly [current: VersionedSecret, ...retired: VersionedSecret[]];
