import { setInterval } from 'node:timers';
import type { Kysely } from 'kysely';
import {
  type Revocation,
  type Revocations,
  rememberedBeyondMs,
} from '../api/tokens/revocations.ts';
import type { GuardSchema } from './schema.ts';

/** How often another process's revocations are looked for; the promise is two seconds. */
const pollIntervalMs = 1_000;
/** A feed that could not be read for so long is not trusted any more. */
const staleAfterMs = 10_000;
/** Rows read again at each look: a transaction of a lower number may commit after a higher one. */
const overlap = 1_000;

/** What an issuer tells the feed. Resolves when the revocation is stored, and known here. */
export type Publish = (revocation: Revocation) => Promise<void>;

/**
 * Writes revocations for every process to read, and into this one's memory at once. What has run
 * out is removed on the way, so the table is as small as the memory.
 */
export function publisher(db: Kysely<GuardSchema>, revocations: Revocations): Publish {
  return async ({ sessionId, until }) => {
    await db.insertInto('revocations').values({ session_id: sessionId, until }).execute();
    revocations.add({ sessionId, until });
    await db
      .deleteFrom('revocations')
      .where('until', '<=', Date.now() - rememberedBeyondMs)
      .execute();
  };
}

export interface Subscription {
  /** False when the feed could not be read for too long: then nobody's token can be trusted. */
  isFresh: () => boolean;
  close: () => void;
}

/**
 * Reads what is in the feed into memory and, where other processes write to it, keeps looking for
 * more. The first reading has to succeed: a process that starts without it would accept tokens of
 * sessions that have ended.
 */
export async function subscribe(
  db: Kysely<GuardSchema>,
  revocations: Revocations,
  hasOthers: boolean,
  onError: (error: unknown) => void,
): Promise<Subscription> {
  let last = 0;
  let readAt = Date.now();
  const read = async () => {
    const startedAt = Date.now();
    const rows = await db
      .selectFrom('revocations')
      .selectAll()
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
  if (!hasOthers) return { isFresh: () => true, close: () => undefined };
  let reading = false;
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    read()
      .catch(onError)
      .finally(() => {
        reading = false;
      });
  }, pollIntervalMs);
  return {
    isFresh: () => Date.now() - readAt < staleAfterMs,
    close: () => clearInterval(timer),
  };
}
