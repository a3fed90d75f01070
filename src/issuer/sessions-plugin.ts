import type { BetterAuthPlugin } from 'better-auth';
import {
  APIError,
  createAuthEndpoint,
  createAuthMiddleware,
  sensitiveSessionMiddleware,
} from 'better-auth/api';

/**
 * What sessions need beyond Better Auth: to be ended by their id, since scripts never see their
 * secret; to end with the password they were begun with; and to have truly ended when a sign-out
 * says so.
 */
export function sessionsPlugin() {
  return {
    id: 'ownlist-sessions',
    endpoints: {
      endSession: createAuthEndpoint(
        '/end-session',
        { method: 'POST', use: [sensitiveSessionMiddleware] },
        async (ctx) => {
          const { user } = ctx.context.session;
          const { id: wanted } = (ctx.body ?? {}) as { id?: unknown }; // Compared, never used.
          const sessions = await ctx.context.internalAdapter.listSessions(user.id);
          const session = sessions.find(({ id }) => id === wanted);
          // Another user's session and one that never was are the same.
          if (session === undefined) {
            throw new APIError('NOT_FOUND', {
              code: 'SESSION_NOT_FOUND',
              message: 'You have no such session.',
            });
          }
          await ctx.context.internalAdapter.deleteSession(session.token);
          return ctx.json({ success: true });
        },
      ),
    },
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === '/change-password',
          handler: createAuthMiddleware(async ({ body }) => ({
            // Whoever knew the old password may have a session: none outlives it.
            context: { body: { ...body, revokeOtherSessions: true } },
          })),
        },
      ],
      after: [
        {
          matcher: ({ path }) => path === '/sign-out',
          handler: createAuthMiddleware(async (ctx) => {
            // Better Auth reports success even when its store failed to delete the session.
            const { name } = ctx.context.authCookies.sessionToken;
            const token = await ctx.getSignedCookie(name, ctx.context.secret);
            if (token && (await ctx.context.internalAdapter.findSession(token)) !== null) {
              throw new APIError('SERVICE_UNAVAILABLE', { message: 'The session did not end.' });
            }
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}
