declare const proven: unique symbol;

/**
 * The id of a user, proven by a verified access token. Nothing that answers a request makes one but
 * the verifier (`access-token.ts`), and a store of tasks cannot be built from any other string. The
 * operator's command (`src/users.ts`) makes one of the account that the operator names.
 */
export type UserId = string & { readonly [proven]: true };

/** Who is calling, as far as the access token proves it. */
export interface Principal {
  userId: UserId;
  /** The id of the session the token was issued for, where the issuer says it. */
  sessionId: string | undefined;
  /** Seconds since 1970 at which the token stops being accepted, without the skew. */
  expiresAt: number;
}
