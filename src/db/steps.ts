import type { CompiledQuery, Kysely, Transaction } from 'kysely';
import { type Connection, connectionOf } from './group-connection.ts';
import { ImmediateAdapter } from './sqlite.ts';

/**
 * The statements of a transaction, one after another. On a database that answers at once each is run
 * where it stands, and none is yielded; on another it is yielded, and its rows come back.
 */
export type Steps<Result> = Generator<CompiledQuery, Result, unknown[]>;

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
  const rows = connection ? connection.executeNow(statement).rows : yield statement;
  return rows as Row[]; // Those of the statement, by its type.
}

/**
 * Makes a transaction of steps without a turn of the event loop between them. `undefined` where `db`
 * does not answer at once, or is a transaction itself; see `runSteps`. Resolved means committed.
 */
export function transactAtOnce<DB, Result>(
  db: Kysely<DB>,
  steps: (scope: Scope<DB>) => Steps<Result>,
): Promise<Result> | undefined {
  const { adapter } = db.getExecutor();
  if (!(adapter instanceof ImmediateAdapter) || db.isTransaction) return undefined;
  return adapter.transact((connection) => lastOf(steps({ db, connection })));
}

/** Runs steps as a part of a transaction that is under way. */
export async function runSteps<DB, Result>(
  trx: Transaction<DB>,
  steps: (scope: Scope<DB>) => Steps<Result>,
): Promise<Result> {
  if (trx.getExecutor().adapter instanceof ImmediateAdapter) {
    return lastOf(steps({ db: trx, connection: await connectionOf(trx) }));
  }
  const all = steps({ db: trx, connection: undefined });
  let next = all.next();
  while (!next.done) {
    const { rows } = await trx.executeQuery(next.value);
    next = all.next(rows);
  }
  return next.value;
}

function lastOf<Result>(steps: Steps<Result>): Result {
  const { done, value } = steps.next();
  if (!done) throw new Error('A statement was not run at once.');
  return value;
}
