import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Kysely, SqliteAdapter, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { isStoreBusy } from './store-unavailable.ts';

/**
 * How often a process begins anew while another one migrates; SQLite waits for it each time
 * (`busy_timeout`): for ten minutes in all.
 */
const beginTriesMax = 120;

/** A store was brought further than this program knows: by a newer version of it. */
export class NewerSchemaError extends Error {
  constructor(unknown: readonly string[]) {
    super(
      `it has ${unknown.join(', ')}, made by a newer version of Ownlist than this; start that one, or restore a backup of this one with npm run restore -- BACKUP`,
    );
    this.name = 'NewerSchemaError';
  }
}

/**
 * Brings a store to the newest of `migrations`, in the order of their names, each once. Processes
 * that start together wait for each other. On SQLite they are done together or not at all.
 * @throws {NewerSchemaError} where the store has a migration that is not among them.
 * @throws the error of the migration that failed.
 */
export async function migrate<DB>(
  db: Kysely<DB>,
  migrations: Record<string, Migration>,
  /** On PostgreSQL: each store keeps its own record, beside its tables. */
  schema?: string,
): Promise<void> {
  // On PostgreSQL Kysely holds a lock, on SQLite nothing.
  if (!(db.getExecutor().adapter instanceof SqliteAdapter)) return run(db, migrations, schema);
  // Nothing is locked for what is there already: another process may be writing for long.
  const made = await madeMigrations(db).catch(() => []);
  if (isDeepStrictEqual(made, Object.keys(migrations).toSorted())) return;
  await db.connection().execute(async (connection) => {
    await beginWhenFree(() => sql`begin immediate`.execute(connection));
    try {
      await run(connection, migrations);
      await sql`commit`.execute(connection);
    } catch (error) {
      await sql`rollback`.execute(connection);
      throw error;
    }
  });
}

/**
 * Begins a transaction that writes to a SQLite file, as soon as no other process is in one, which a
 * migration may be for longer than SQLite waits.
 * @throws the error of `begin`, also that the file is still locked after ten minutes.
 */
export async function beginWhenFree(begin: () => unknown): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await begin();
      return;
    } catch (error) {
      if (tries === beginTriesMax || !isStoreBusy(error)) throw error;
      // SQLite waits without letting go of the thread: whatever else there is to do has its turn.
      await nextTurn();
    }
  }
}

async function run<DB>(
  db: Kysely<DB>,
  migrations: Record<string, Migration>,
  schema?: string,
): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    ...(schema !== undefined && { migrationTableSchema: schema }),
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const made = await madeMigrations(db, schema).catch(() => []);
  const unknown = made.filter((name) => !Object.hasOwn(migrations, name));
  throw unknown.length > 0 ? new NewerSchemaError(unknown) : error;
}

/** By their names, in order. */
async function madeMigrations<DB>(db: Kysely<DB>, schema?: string): Promise<string[]> {
  const record = sql.table(`${schema === undefined ? '' : `${schema}.`}kysely_migration`);
  const { rows } = await sql<{ name: string }>`select name from ${record} order by name`.execute(
    db,
  );
  return rows.map(({ name }) => name);
}
