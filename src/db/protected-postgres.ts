import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { type OpenAs, openMigrated, type StoreOptions } from './open-postgres.ts';
import { tablesWithoutRowSecurity } from './row-security.ts';

/** Row security would not hold here. */
export class RowSecurityError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.name = 'RowSecurityError';
    this.remedy = remedy;
  }
}

/**
 * A schema on PostgreSQL, migrated, whose every table shows this connection the rows of the owner
 * that a transaction sets, and nobody's where none is set.
 * @throws {RowSecurityError} where that cannot be made so.
 */
export async function openProtected<DB>(
  options: StoreOptions & { migrations: Record<string, Migration> },
): Promise<OpenAs<Kysely<DB>>> {
  const opened = await openMigrated<DB>(options);
  try {
    await requireRowSecurity(opened.database, options.role);
    return opened;
  } catch (error) {
    await opened.database.destroy();
    throw error;
  }
}

async function requireRowSecurity<DB>(db: Kysely<DB>, role: string): Promise<void> {
  const unprotected = await tablesWithoutRowSecurity(db);
  if (unprotected.length === 0) return;
  if (await goesPastRowSecurity(db)) {
    throw new RowSecurityError(
      `the role ${role} is not there, or not this user's to take`,
      `Row security does not bind the role of DATABASE_URL, which is a superuser or has BYPASSRLS. Use a role without either that owns the database, or let this one make and take the role ${role}.`,
    );
  }
  throw new RowSecurityError(
    `row security does not hold on ${unprotected.join(', ')}`,
    'Give each table protectByOwner in its migration.',
  );
}

/** Superusers and roles with BYPASSRLS do, whether it is forced or not. */
async function goesPastRowSecurity<DB>(db: Kysely<DB>): Promise<boolean> {
  const { rows } = await sql<{ past: boolean }>`
    select rolsuper or rolbypassrls as past from pg_roles where rolname = current_user`.execute(db);
  return rows[0]?.past ?? true;
}
