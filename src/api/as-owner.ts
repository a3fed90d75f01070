import type { Kysely } from 'kysely';
import { hasRowSecurity, setOwner } from '../db/row-security.ts';
import { type Scope, type Steps, transactSteps } from '../db/steps.ts';
import { isConnectionLost } from '../db/store-unavailable.ts';
import type { UserId } from './principal.ts';

/**
 * Makes a transaction of steps in which the database, where it has row security, shows and takes the
 * rows of `owner` alone. Resolved means committed.
 */
export function ownerSteps<DB, T>(
  db: Kysely<DB>,
  owner: UserId,
  steps: (scope: Scope<DB>) => Steps<T>,
): Promise<T> {
  return transactSteps(db, steps, (own) => setOwner(own, owner));
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
  const transaction = db.transaction().setAccessMode('read only');
  const read = () =>
    transaction.execute(async (own) => {
      await setOwner(own, owner);
      return work(own);
    });
  return read().catch((error: unknown) => {
    if (!isConnectionLost(error)) throw error;
    return read();
  });
}
