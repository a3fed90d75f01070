import type { betterAuth } from 'better-auth';
import { hasBan } from './bans-plugin.ts';

/** The account of a person, as the operator sees it. */
export interface Account {
  id: string;
  email: string;
  signedUpAt: Date;
  isBanned: boolean;
}

/** What the operator does with the accounts of people. Each step may be repeated. */
export interface Accounts {
  /** All of them, by their addresses. */
  list(): Promise<Account[]>;
  /** `undefined` where nobody has this address, in whatever case it is written. */
  find(email: string): Promise<Account | undefined>;
  /**
   * From when this resolves the person can neither sign in nor get an access token, and every
   * session has ended and was told to the feed. Returns how many had not ended before.
   */
  ban(id: string): Promise<number>;
  /** Lets the person sign in again. */
  unban(id: string): Promise<void>;
  /** Deletes the account with everything that the accounts store has of the person. */
  remove(id: string): Promise<void>;
}

type Adapter = Awaited<ReturnType<typeof betterAuth>['$context']>['internalAdapter'];

/** The accounts behind Better Auth's adapter, which runs its hooks: no session ends untold. */
export function accountsOf(adapter: Adapter): Accounts {
  /** One by one: each is told and then deleted, and one that begins meanwhile is met in the end. */
  const endSessions = async (id: string): Promise<number> => {
    let ended = 0;
    for (;;) {
      const sessions = await adapter.listSessions(id);
      if (sessions.length === 0) return ended;
      for (const { token } of sessions) await adapter.deleteSession(token);
      ended += sessions.length;
    }
  };
  return {
    list: async () =>
      (await adapter.listUsers(undefined, undefined, byEmail)).map((user) => toAccount(user)),

    async find(email) {
      const found = await adapter.findUserByEmail(email);
      return found === null ? undefined : toAccount(found.user);
    },

    async ban(id) {
      // The flag comes first: from then on no session begins and no token is issued, so those that
      // are found here are all there will be.
      await adapter.updateUser(id, { banned: true });
      return endSessions(id);
    },

    async unban(id) {
      // A sign-in that was under way when the ban was made may have left a session behind.
      await endSessions(id);
      await adapter.updateUser(id, { banned: false });
    },

    remove: (id) => adapter.deleteUser(id),
  };
}

const byEmail = { field: 'email', direction: 'asc' } as const;

function toAccount(user: { id: string; email: string; createdAt: Date }): Account {
  const { id, email, createdAt: signedUpAt } = user;
  return { id, email, signedUpAt, isBanned: hasBan(user) };
}
