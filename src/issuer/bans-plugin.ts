import type { BetterAuthPlugin } from 'better-auth';
import { APIError } from 'better-auth/api';

/** The part of Better Auth's adapter that a ban is read from. */
interface Users {
  findUserById(id: string): Promise<object | null>;
}

/** Whether the operator has banned this user, or the account is gone: nothing begins for it. */
export async function isBanned(users: Users, userId: string): Promise<boolean> {
  const user = await users.findUserById(userId);
  return user === null || hasBan(user);
}

/** The ban of a user who has been read. */
export const hasBan = (user: object): boolean => 'banned' in user && user.banned === true;

/**
 * Lets the operator ban a user, and nobody else: the flag is neither taken from a request nor shown
 * in an answer. A banned user begins no session. Who signs in is told so, in place of a session,
 * when the password has been found right: to everybody else the account answers as any other.
 */
export function bansPlugin() {
  return {
    id: 'ownlist-bans',
    schema: {
      user: {
        fields: { banned: { type: 'boolean', required: false, input: false, returned: false } },
      },
    },
    init: () => ({
      options: {
        databaseHooks: {
          session: {
            create: {
              before: async ({ userId }, endpoint) => {
                // Sessions begin in endpoints alone, so there is one.
                if (endpoint && (await isBanned(endpoint.context.internalAdapter, userId))) {
                  throw new APIError('FORBIDDEN', {
                    code: 'USER_BANNED',
                    message: 'This account was banned by the operator of this server.',
                  });
                }
              },
            },
          },
        },
      },
    }),
  } satisfies BetterAuthPlugin;
}
