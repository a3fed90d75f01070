import { setInterval } from 'node:timers';
import type { Kysely } from 'kysely';
import { type Revocations, rememberedBeyondMs } from '../api/tokens/revocations.ts';
import type { GuardSchema } from './schema.ts';

/**
 * How often another process's revocations are looked for: the promise to an API is two seconds, and
 * to an open page one.
 */
const pollIntervalMs = 500;
/**
 * A feed that could not be read for so long is not trusted any more. So long after a revocation was
 * published no process takes a token of its session: it has read of it, or refuses every token.
 */
export const staleAfterMs = 10_000;
/** Rows read again at each look: a transaction of a lower number may commit after a higher one. */
const overlap = 1_000;

/** Tells the feed that a session ends. Resolves when that is stored, and known in this process. */
export type Publish = (sessionId: string) => Promise<void>;

/**
 * Writes revocations for every process to read, and into this one's memory at once. Each holds for
 * the lifetime of the tokens that may have been issued until now. What has run out is removed on
 * the way, so the table is as small as the memory.
 */
export function publisher(
  db: Kysely<GuardSchema>,
  revocations: Pick<Revocations, 'add'>,
  tokenLifetimeSeconds: number,
): Publish {
  return async (sessionId) => {
    const until = Date.now() + tokenLifetimeSeconds * 1000;
    await db.insertInto('revocations').values({ session_id: sessionId, until }).execute();
    revocations.add({ sessionId, until });
    await db
      .deleteFrom('revocations')
      .where('until', '<=', Date.now() - rememberedBeyondMs)
      .execute();
  };
}

export interface Subscription {
  /**
   * False when the feed could not be read for too long: then nobody's token can be trusted. `now` is
   * in milliseconds since 1970.
   */
  isFresh: (now: number) => boolean;
  /** Milliseconds since the last reading that succeeded began. */
  ageMs: () => number;
  close: () => Promise<void>;
}

/**
 * Reads what is in the feed into memory, and keeps looking for more: of other servers, and of the
 * operator's command, which is a process of its own also where the stores are files of one server.
 * The first reading has to succeed: a process that starts without it would accept tokens of
 * sessions that have ended.
 */
export async function subscribe(
  db: Kysely<GuardSchema>,
  revocations: Revocations,
  onError: (error: unknown) => void,
): Promise<Subscription> {
  let last = 0;
  let readAt = Date.now();
  const read = async () => {
    const startedAt = Date.now();
    const rows = await db
      .selectFrom('revocations')
      .select(['number', 'session_id', 'until'])
      .where('number', '>', last - overlap)
      .where('until', '>', startedAt - rememberedBeyondMs)
      .orderBy('number')
      .execute();
    for (const { number, session_id, until } of rows) {
      revocations.add({ sessionId: session_id, until });
      last = Math.max(last, number);
    }
    readAt = startedAt;
  };
  await read();
  let reading: Promise<void> | undefined;
  const timer = setInterval(() => {
    reading ??= read()
      .catch(onError)
      .finally(() => {
        reading = undefined;
      });
  }, pollIntervalMs);
  return {
    isFresh: (now) => now - readAt < staleAfterMs,
    ageMs: () => Date.now() - readAt,
    close: async () => {
      clearInterval(timer);
      await reading;
    },
  };
}
