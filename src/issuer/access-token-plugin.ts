import { randomUUID } from 'node:crypto';
import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthEndpoint, getAuthoritativeSessionFromCtx } from 'better-auth/api';
import { SignJWT } from 'jose';
import {
  accessTokenType,
  type IssuedToken,
  type VersionedSecret,
} from '../contract/access-token.ts';
import { isBanned } from './bans-plugin.ts';

export interface AccessTokenOptions {
  /** `iss`: the public origin. */
  issuer: string;
  /** `aud`: the API. */
  audience: string;
  /** Signs; its UTF-8 bytes are the HS256 key, so that any JWT library can verify. */
  secret: VersionedSecret;
  lifetimeSeconds: number;
}

interface Holder {
  user: { id: string; email: string };
  session: { id: string; expiresAt: Date };
}

/**
 * Adds `GET /token` to Better Auth: an access token for the session of the cookie, read from the
 * store at that moment, never past the session's own end. Its own `jwt` plugin has no HS256.
 */
export function accessTokenPlugin(options: AccessTokenOptions) {
  return {
    id: 'ownlist-access-token',
    endpoints: {
      issueAccessToken: createAuthEndpoint('/token', { method: 'GET' }, async (ctx) => {
        const holder = await getAuthoritativeSessionFromCtx(ctx);
        // The ban is read after the session: one that comes later finds this session, and ends it.
        const { internalAdapter: users } = ctx.context;
        if (holder === null || (await isBanned(users, holder.user.id))) {
          // Better Auth also reads a session as absent when its store fails. Asking the store
          // itself turns that into an error, so an outage does not look like a sign-out.
          const { name } = ctx.context.authCookies.sessionToken;
          const token = await ctx.getSignedCookie(name, ctx.context.secret);
          if (token) await ctx.context.internalAdapter.findSession(token);
          throw new APIError('UNAUTHORIZED', {
            code: 'NO_SESSION',
            message: 'Sign in first: there is no live session for this cookie.',
          });
        }
        ctx.setHeader('cache-control', 'no-store');
        return ctx.json(await issue(holder, options, Date.now()));
      }),
    },
  } satisfies BetterAuthPlugin;
}

/** An access token (RFC 9068 §2) for a live session. Times in it are whole seconds. */
async function issue(
  { user, session }: Holder,
  { issuer, audience, secret, lifetimeSeconds }: AccessTokenOptions,
  now: number,
): Promise<IssuedToken> {
  const iat = Math.floor(now / 1000);
  const exp = Math.min(iat + lifetimeSeconds, Math.floor(session.expiresAt.getTime() / 1000));
  const token = await new SignJWT({ client_id: 'ownlist', email: user.email, sid: session.id })
    .setProtectedHeader({ alg: 'HS256', typ: accessTokenType, kid: secret.version })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user.id)
    .setIssuedAt(iat)
    .setExpirationTime(exp)
    .setJti(randomUUID())
    .sign(new TextEncoder().encode(secret.value));
  return { token, expiresAt: new Date(exp * 1000).toISOString() };
}
