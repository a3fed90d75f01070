import { type Kysely, Transaction } from 'kysely';
import { hasRowSecurity, setOwner } from '../db/row-security.ts';
import type { UserId } from './principal.ts';

/**
 * Runs `work` in one transaction in which the database, where it has row security, shows and
 * takes the rows of `owner` alone. Resolved means committed; or, where `db` is a transaction of
 * that owner already, a part of it.
 */
export function ownerTransaction<DB, T>(
  db: Kysely<DB>,
  owner: UserId,
  work: (transaction: Transaction<DB>) => Promise<T>,
): Promise<T> {
  // Inside a transaction of the same owner the work is a part of it.
  if (db instanceof Transaction) return work(db);
  return db.transaction().execute(async (transaction) => {
    if (hasRowSecurity(db)) await setOwner(transaction, owner);
    return work(transaction);
  });
}

/**
 * The same for reads, which need a transaction only to set the owner in: without row security
 * they go straight to the database.
 */
export function ownerRead<DB, T>(
  db: Kysely<DB>,
  owner: UserId,
  work: (db: Kysely<DB>) => Promise<T>,
): Promise<T> {
  return hasRowSecurity(db) ? ownerTransaction(db, owner, work) : work(db);
}
