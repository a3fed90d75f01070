import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { ProblemError } from '../contract/problem-error.ts';
import type { OperationId } from '../contract/routes.ts';
import { prepared } from '../db/prepared.ts';
import type { Scope, Steps } from '../db/steps.ts';
import { ownerSteps } from './as-owner.ts';
import type { UserId } from './principal.ts';
import type { TasksSchema } from './tasks/schema.ts';

/** How long an answer is kept to be given again. */
const keptForMs = 24 * 60 * 60 * 1000;

/** One sending of a request that is to be carried out once. */
export interface Sending {
  owner: UserId;
  operation: OperationId;
  /** The Idempotency-Key header. */
  key: string;
  /** All else that decides what the request means: what it is about, its body, its conditions. */
  meaning: unknown;
}

/** What a request came to. */
export interface Done<Answer> {
  answer: Answer;
  /** The owner's version that it made; none where it was carried out for its key before. */
  version: number | undefined;
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
    work: (scope: Scope<TasksSchema>) => Steps<Done<Answer>>,
  ): Promise<Done<Answer>> => {
    const { owner, operation, key } = sending;
    requireKey(key);
    const name = JSON.stringify([owner, operation, key]);
    if (underWay.has(name)) {
      throw new ProblemError('idempotency_in_flight', 'The first sending is not answered yet.', {
        headers: { 'retry-after': '1' },
      });
    }
    underWay.add(name);
    try {
      return await ownerSteps(db, owner, (scope) => claimOrReplay(scope, sending, now(), work));
    } finally {
      underWay.delete(name);
    }
  };
}

function* claimOrReplay<Answer>(
  scope: Scope<TasksSchema>,
  { owner, operation, key, meaning }: Sending,
  time: number,
  work: (scope: Scope<TasksSchema>) => Steps<Done<Answer>>,
): Steps<Done<Answer>> {
  const fingerprint = createHash('sha256').update(JSON.stringify(meaning)).digest('base64url');
  yield* deleteOld.step(scope, { owner, until: time - keptForMs });
  // On PostgreSQL this waits for another transaction with the same key, so the answer is there.
  const kept = { owner, operation, key };
  const [claimed] = yield* insertKey.step(scope, { ...kept, fingerprint, time });
  if (claimed === undefined) return yield* replay<Answer>(scope, kept, fingerprint);
  const done = yield* work(scope);
  yield* updateAnswer.step(scope, { ...kept, answer: JSON.stringify(done.answer) });
  return done;
}

function* replay<Answer>(
  scope: Scope<TasksSchema>,
  kept: KeptKey,
  fingerprint: string,
): Steps<Done<Answer>> {
  const [first] = yield* selectAnswer.step(scope, kept);
  if (first === undefined) throw new Error('A key was taken, and is not there.');
  if (first.fingerprint !== fingerprint) {
    throw new ProblemError(
      'idempotency_key_reused',
      'This Idempotency-Key was sent with another request.',
    );
  }
  // What `work` of the same operation answered, and this module wrote.
  return { answer: JSON.parse(first.answer) as Answer, version: undefined };
}

interface KeptKey {
  owner: UserId;
  operation: OperationId;
  key: string;
}

const deleteOld = prepared(
  (db: Kysely<TasksSchema>, { owner, until }: { owner: UserId; until: number }) =>
    db.deleteFrom('idempotency_keys').where('user_id', '=', owner).where('created_at', '<=', until),
);

const insertKey = prepared(
  (db: Kysely<TasksSchema>, kept: KeptKey & { fingerprint: string; time: number }) =>
    db
      .insertInto('idempotency_keys')
      .values({
        user_id: kept.owner,
        operation: kept.operation,
        key: kept.key,
        fingerprint: kept.fingerprint,
        answer: '',
        created_at: kept.time,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('key'),
);

const updateAnswer = prepared(
  (db: Kysely<TasksSchema>, { owner, operation, key, answer }: KeptKey & { answer: string }) =>
    db
      .updateTable('idempotency_keys')
      .set({ answer })
      .where('user_id', '=', owner)
      .where('operation', '=', operation)
      .where('key', '=', key),
);

const selectAnswer = prepared((db: Kysely<TasksSchema>, { owner, operation, key }: KeptKey) =>
  db
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'answer'])
    .where('user_id', '=', owner)
    .where('operation', '=', operation)
    .where('key', '=', key),
);

/** Visible ASCII, so that two keys are never the same by a white space or an encoding. */
function requireKey(key: string): void {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new ProblemError(
    'idempotency_key_invalid',
    'An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID.',
  );
}
