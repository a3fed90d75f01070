import type { Kysely, Transaction, TransactionBuilder } from 'kysely';
import { hasRowSecurity, setOwner } from '../db/row-security.ts';
import { runSteps, type Scope, type Steps, transactAtOnce } from '../db/steps.ts';
import { isConnectionLost } from '../db/store-unavailable.ts';
import type { UserId } from './principal.ts';

/**
 * Runs `work` in one transaction in which the database, where it has row security, shows and
 * takes the rows of `owner` alone. Resolved means committed.
 */
export function ownerTransaction<DB, T>(
  db: Kysely<DB>,
  owner: UserId,
  work: (transaction: Transaction<DB>) => Promise<T>,
): Promise<T> {
  return asOwner(db, owner, db.transaction(), work);
}

/** The same for work that is nothing but statements. */
export function ownerSteps<DB, T>(
  db: Kysely<DB>,
  owner: UserId,
  steps: (scope: Scope<DB>) => Steps<T>,
): Promise<T> {
  return transactAtOnce(db, steps) ?? ownerTransaction(db, owner, (own) => runSteps(own, steps));
}

function asOwner<DB, T>(
  db: Kysely<DB>,
  owner: UserId,
  transaction: TransactionBuilder<DB>,
  work: (transaction: Transaction<DB>) => Promise<T>,
): Promise<T> {
  return transaction.execute(async (own) => {
    if (hasRowSecurity(db)) await setOwner(own, owner);
    return work(own);
  });
}

/**
 * The same for reads, which need a transaction only to set the owner in: without row security they
 * go straight to the database. A read whose connection is lost is made once more, on another.
 */
export function ownerRead<DB, T>(
  db: Kysely<DB>,
  owner: UserId,
  work: (db: Kysely<DB>) => Promise<T>,
): Promise<T> {
  if (!hasRowSecurity(db)) return work(db);
  const read = () => asOwner(db, owner, db.transaction().setAccessMode('read only'), work);
  return read().catch((error: unknown) => {
    if (!isConnectionLost(error)) throw error;
    return read();
  });
}
