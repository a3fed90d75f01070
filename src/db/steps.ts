import type { CompiledQuery, Kysely, QueryResult, Transaction } from 'kysely';
import { ImmediateAdapter } from './sqlite.ts';
import type { Connection } from './transaction-group.ts';

/**
 * The statements of a transaction, one after another. On a database that answers at once each is run
 * where it stands, and none is yielded; on another it is yielded, and its result comes back.
 */
export type Steps<Result> = Generator<CompiledQuery, Result, QueryResult<unknown>>;

/** The transaction that steps are a part of. */
export interface Scope<DB> {
  db: Kysely<DB>;
  /** Of a database that answers at once. */
  connection: Connection | undefined;
}

/** One statement, and its rows. */
export function* step<Row>(
  { connection }: Pick<Scope<unknown>, 'connection'>,
  statement: CompiledQuery<Row>,
): Steps<Row[]> {
  const { rows } = connection ? connection.execute(statement) : yield statement;
  return rows as Row[]; // Those of the statement, by its type.
}

/** One statement that gives no rows back, and how many it has changed. */
export function* countStep(
  { connection }: Pick<Scope<unknown>, 'connection'>,
  statement: CompiledQuery,
): Steps<number> {
  const { numAffectedRows } = connection ? connection.execute(statement) : yield statement;
  return Number(numAffectedRows ?? 0);
}

/**
 * Makes a transaction of steps. Resolved means committed; where they throw, nothing of them is.
 * They may be run twice (see `GroupCommitDriver`), so they have no effects but their statements.
 * `begun` is called before them in a transaction of a database that does not answer at once.
 */
export function transactSteps<DB, Result>(
  db: Kysely<DB>,
  steps: (scope: Scope<DB>) => Steps<Result>,
  begun?: (transaction: Transaction<DB>) => Promise<void>,
): Promise<Result> {
  const { adapter } = db.getExecutor();
  if (adapter instanceof ImmediateAdapter) {
    return adapter.transact((connection) => lastOf(steps({ db, connection })));
  }
  return db.transaction().execute(async (transaction) => {
    await begun?.(transaction);
    return runSteps(transaction, steps);
  });
}

/** Runs steps in a transaction that has begun, of a database that does not answer at once. */
export async function runSteps<DB, Result>(
  transaction: Transaction<DB>,
  steps: (scope: Scope<DB>) => Steps<Result>,
): Promise<Result> {
  const all = steps({ db: transaction, connection: undefined });
  let next = all.next();
  while (!next.done) {
    next = all.next(await transaction.executeQuery(next.value));
  }
  return next.value;
}

function lastOf<Result>(steps: Steps<Result>): Result {
  const { done, value } = steps.next();
  if (!done) throw new Error('A statement was not run at once.');
  return value;
}
