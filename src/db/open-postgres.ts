import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type pg from 'pg';
import { migrate, NewerSchemaError } from './migrate.ts';
import { PipelinedPostgresDialect } from './pipelined-postgres.ts';
import { type PostgresOptions, postgresPool, withMigrationLock } from './postgres.ts';
import { accessTo, grantRole, type Role } from './roles.ts';

/** The role of the URL may not change the schema: it lacks migrations, or may not be used either. */
export class SchemaError extends Error {
  readonly reason: 'outdated' | 'forbidden';

  constructor(reason: SchemaError['reason'], message: string) {
    super(message);
    this.name = 'SchemaError';
    this.reason = reason;
  }
}

export interface StoreOptions extends PostgresOptions {
  /** Whom to work as, where the role of the URL owns the schema. */
  role: Role;
}

/** What is open, and whom it works as. */
export interface OpenAs<T> {
  database: T;
  /**
   * The role of the store; a login that does not own the schema; or the owner of the schema, who
   * could neither make nor take the role.
   */
  as: 'role' | 'login' | 'owner';
}

/**
 * A pool whose every connection works in one schema, as a role that can do no more than the store
 * needs: a login that was given no more or, where the URL's role owns the schema, a role that it
 * takes once `migrateAsOwner` has made the schema what it has to be. A connection that breaks while
 * idle is replaced and told to `onError`; it does not end the process.
 */
export async function openPostgres(
  options: StoreOptions,
  migrateAsOwner: (pool: pg.Pool) => Promise<void>,
): Promise<OpenAs<pg.Pool>> {
  const as = await prepare(options, migrateAsOwner);
  const settings = as === 'role' ? { role: options.role } : {};
  return { database: postgresPool({ ...options, settings }), as };
}

async function prepare(
  options: StoreOptions,
  migrateAsOwner: (pool: pg.Pool) => Promise<void>,
): Promise<OpenAs<unknown>['as']> {
  const { schema, role } = options;
  const access = await withPool({ ...options, pipeline: false }, (pool) => accessTo(pool, schema));
  if (access === 'none') {
    throw new SchemaError('forbidden', `permission denied for schema ${schema}`);
  }
  if (access === 'use') return 'login';
  const forMigrations = {
    ...options,
    pipeline: false,
    // Another process may be at it, and a table may be large.
    statementTimeoutMs: Number.POSITIVE_INFINITY,
    // What reads or writes rows it cannot see fails, instead of passing them by.
    settings: { row_security: 'off' },
  };
  return withPool(forMigrations, async (pool) => {
    await withMigrationLock(pool, (client) =>
      client.query(`create schema if not exists ${schema}`),
    );
    await migrateAsOwner(pool);
    return (await grantRole(pool, schema, role)) ? 'role' : 'owner';
  });
}

async function withPool<T>(options: PostgresOptions, work: (pool: pg.Pool) => Promise<T>) {
  const pool = postgresPool(options);
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/**
 * The same for a store whose migrations are Kysely's.
 * @throws {SchemaError} where some are missing and this role may not make them.
 * @throws {NewerSchemaError} where there are others.
 */
export async function openMigrated<DB>({
  migrations,
  ...options
}: StoreOptions & { migrations: Record<string, Migration> }): Promise<OpenAs<Kysely<DB>>> {
  const { schema } = options;
  // One after another by Kysely's own lock (pg_advisory_lock), for which it waits an hour.
  const { database: pool, as } = await openPostgres({ ...options, pipeline: true }, (owner) =>
    migrate(new Kysely({ dialect: new PostgresDialect({ pool: owner }) }), migrations, schema),
  );
  const database = new Kysely<DB>({ dialect: new PipelinedPostgresDialect(pool) });
  try {
    await requireMigrated(database, Object.keys(migrations), schema);
    return { database, as };
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

async function requireMigrated<DB>(
  db: Kysely<DB>,
  migrations: readonly string[],
  schema: string,
): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(`${schema}.kysely_migration`)}`.execute(db);
  const made = new Set(rows.map(({ name }) => name));
  const unknown = [...made].filter((name) => !migrations.includes(name));
  if (unknown.length > 0) throw new NewerSchemaError(unknown);
  const missing = migrations.filter((name) => !made.has(name));
  if (missing.length > 0) {
    throw new SchemaError('outdated', `the schema ${schema} has no ${missing.join(', ')} yet`);
  }
}
