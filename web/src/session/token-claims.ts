import { membersOf } from '../api/parse-problem.ts';

export interface TokenClaims {
  subject: string;
  lifetimeSeconds: number;
}

/**
 * What the page needs of a token that was issued to it: whose it is and how long it lives. Nothing
 * is verified, and nothing is decided by it but whether to use the token; undefined if unreadable.
 */
export function readTokenClaims(token: string): TokenClaims | undefined {
  try {
    const payload = token.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? '';
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims = membersOf(JSON.parse(new TextDecoder().decode(bytes)));
    const { sub, iat, exp } = claims ?? {};
    if (typeof sub !== 'string' || typeof iat !== 'number' || typeof exp !== 'number') {
      return undefined;
    }
    return { subject: sub, lifetimeSeconds: exp - iat };
  } catch {
    return undefined;
  }
}
