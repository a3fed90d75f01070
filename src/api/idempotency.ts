import { createHash } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import { ProblemError } from '../contract/problem-error.ts';
import type { OperationId } from '../contract/routes.ts';
import { ownerTransaction } from './as-owner.ts';
import type { UserId } from './principal.ts';
import type { TasksSchema } from './tasks/schema.ts';

/** How long an answer is kept to be given again. */
const keptForMs = 24 * 60 * 60 * 1000;

/** One sending of a request that is to be carried out once. */
export interface Sending {
  owner: UserId;
  operation: OperationId;
  /** The Idempotency-Key header; undefined: every sending is a request of its own. */
  key: string | undefined;
  /** All else that decides what the request means: what it is about, its body, its conditions. */
  request: unknown;
}

/**
 * Carries a request out once for each key (draft-ietf-httpapi-idempotency-key-header-07): the key
 * is stored in the transaction that does the work, so there is neither a change without its key
 * nor a key without its change, whatever stops in between. The same request again gets the same
 * answer, also after a restart and from another process.
 * @throws {ProblemError} 400 for a key that is none, 422 for a key with another request, 409
 *   while the first sending is under way in this process; in another one the second waits for it.
 */
export function onceForEachKey(db: Kysely<TasksSchema>, now: () => number = Date.now) {
  const underWay = new Set<string>();

  return async <Answer>(
    sending: Sending,
    work: (db: Kysely<TasksSchema>) => Promise<Answer>,
  ): Promise<Answer> => {
    const { owner, operation, key } = sending;
    if (key === undefined) return work(db);
    requireKey(key);
    const name = JSON.stringify([owner, operation, key]);
    if (underWay.has(name)) {
      throw new ProblemError('idempotency_in_flight', 'The first sending is not answered yet.', {
        headers: { 'retry-after': '1' },
      });
    }
    underWay.add(name);
    try {
      return await ownerTransaction(db, owner, (trx) =>
        claimOrReplay(trx, { ...sending, key }, now(), () => work(trx)),
      );
    } finally {
      underWay.delete(name);
    }
  };
}

async function claimOrReplay<Answer>(
  trx: Transaction<TasksSchema>,
  { owner, operation, key, request }: Sending & { key: string },
  time: number,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
  await trx
    .deleteFrom('idempotency_keys')
    .where('user_id', '=', owner)
    .where('created_at', '<=', time - keptForMs)
    .execute();
  // On PostgreSQL this waits for another transaction with the same key, so the answer is there.
  const claimed = await trx
    .insertInto('idempotency_keys')
    .values({ user_id: owner, operation, key, fingerprint, answer: '', created_at: time })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst();
  const row = { user_id: owner, operation, key };
  if (claimed === undefined) return replay<Answer>(trx, row, fingerprint);
  const answer = await work();
  await trx
    .updateTable('idempotency_keys')
    .set({ answer: JSON.stringify(answer) })
    .where('user_id', '=', owner)
    .where('operation', '=', operation)
    .where('key', '=', key)
    .execute();
  return answer;
}

async function replay<Answer>(
  trx: Transaction<TasksSchema>,
  { user_id, operation, key }: { user_id: UserId; operation: OperationId; key: string },
  fingerprint: string,
): Promise<Answer> {
  const first = await trx
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'answer'])
    .where('user_id', '=', user_id)
    .where('operation', '=', operation)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (first.fingerprint !== fingerprint) {
    throw new ProblemError(
      'idempotency_key_reused',
      'This Idempotency-Key was sent with another request.',
    );
  }
  // What `work` of the same operation answered, and this module wrote.
  return JSON.parse(first.answer) as Answer;
}

/** Visible ASCII, so that two keys are never the same by a white space or an encoding. */
function requireKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new ProblemError(
    'idempotency_key_invalid',
    'An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID.',
  );
}
