import { Kysely, PostgresDialect } from 'kysely';
import type { Migration } from 'kysely/migration';
import { roleBoundByRowSecurity } from './bound-role.ts';
import { migrate } from './migrate.ts';
import { openPostgres, type PostgresOptions, postgresPool } from './postgres.ts';
import { tablesWithoutRowSecurity } from './row-security.ts';
import { isStoreUnavailable } from './store-unavailable.ts';

/** Row security would not hold here. */
export class RowSecurityError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RowSecurityError';
    this.remedy = remedy;
  }
}

type ProtectedOptions = PostgresOptions & { migrations: Record<string, Migration> };

/**
 * A schema on PostgreSQL, migrated, whose every table shows this connection the rows of the owner
 * that a transaction sets, and nobody's where none is set.
 * @throws {RowSecurityError} where that cannot be made so.
 */
export async function openProtected<DB>(options: ProtectedOptions): Promise<Kysely<DB>> {
  const role = await prepare(options);
  const settings = role === undefined ? {} : { role };
  const db = new Kysely<DB>({
    dialect: new PostgresDialect({ pool: postgresPool({ ...options, settings }) }),
  });
  try {
    await requireRowSecurity(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return db;
}

/** Migrates as the role of the URL, which owns the tables; returns the role to work as. */
async function prepare(options: ProtectedOptions): Promise<string | undefined> {
  // A migration that reads or writes rows it cannot see fails, instead of passing them by.
  const pool = await openPostgres({ ...options, settings: { row_security: 'off' } });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db, options.migrations, options.schema);
    return await roleBoundByRowSecurity(pool, options.schema).catch(explain);
  } finally {
    await db.destroy();
  }
}

async function requireRowSecurity<DB>(db: Kysely<DB>): Promise<void> {
  const unprotected = await tablesWithoutRowSecurity(db).catch(explain);
  if (unprotected.length > 0) {
    throw new RowSecurityError(
      `row security does not hold on ${unprotected.join(', ')}`,
      'Give each table protectByOwner in its migration.',
    );
  }
}

/** What fails here besides the network is the making, granting or taking of the other role. */
function explain(cause: Error): never {
  if (isStoreUnavailable(cause)) throw cause;
  throw new RowSecurityError(
    cause.message,
    'Row security does not bind the role of DATABASE_URL, which is a superuser or has BYPASSRLS. Use a role without either that owns the database, or let this one make and take the role ownlist_tasks.',
    { cause },
  );
}
