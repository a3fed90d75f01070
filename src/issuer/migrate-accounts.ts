import { DatabaseSync } from 'node:sqlite';
import type { BetterAuthOptions } from 'better-auth';
import { getSchema } from 'better-auth/db';
import { getMigrations } from 'better-auth/db/migration';
import type pg from 'pg';
import { beginWhenFree, NewerSchemaError } from '../db/migrate.ts';
import { withMigrationLock } from '../db/postgres.ts';
import { bansPlugin } from './bans-plugin.ts';

/**
 * Brings the accounts store to what Better Auth wants of it. Processes that start together wait
 * for each other: what is missing is looked for when it is this one's turn.
 * @throws {NewerSchemaError} where the store has tables or columns that this version does not know.
 */
export async function migrateAccounts(
  database: DatabaseSync | pg.Pool,
  settings: BetterAuthOptions,
): Promise<void> {
  if (!(database instanceof DatabaseSync)) {
    return withMigrationLock(database, async (client) => {
      const { rows } = await client.query<Column>(columnsOnPostgres);
      refuseUnknown(rows);
      await runMigrations(settings);
    });
  }
  // Nothing is locked for what is there already: another process may be writing for long.
  refuseNewerAccounts(database);
  if (await isUpToDate(settings)) return;
  await beginWhenFree(() => database.exec('begin immediate'));
  try {
    refuseNewerAccounts(database);
    await runMigrations(settings);
    database.exec('commit');
  } catch (error) {
    database.exec('rollback');
    throw error;
  }
}

/** @throws {NewerSchemaError} where a SQLite file has more than this version's accounts store. */
export function refuseNewerAccounts(database: DatabaseSync): void {
  const columns = database.prepare(columnsOnSqlite).all();
  refuseUnknown(columns.map(({ table, column }) => ({ table: `${table}`, column: `${column}` })));
}

async function runMigrations(settings: BetterAuthOptions): Promise<void> {
  const { runMigrations: run } = await getMigrations(settings);
  await run();
}

async function isUpToDate(settings: BetterAuthOptions): Promise<boolean> {
  const { toBeCreated, toBeAdded, toBeAddedIndexes } = await getMigrations(settings);
  return [...toBeCreated, ...toBeAdded, ...toBeAddedIndexes].length === 0;
}

interface Column {
  table: string;
  column: string;
}

function refuseUnknown(columns: readonly Column[]): void {
  const known = getSchema({
    rateLimit: { enabled: true, storage: 'database' },
    plugins: [bansPlugin()],
  });
  const unknown = columns.filter(
    // Better Auth's schema names every column but the key.
    ({ table, column }) => column !== 'id' && known[table]?.fields[column] === undefined,
  );
  if (unknown.length === 0) return;
  throw new NewerSchemaError(unknown.map(({ table, column }) => `${table}.${column}`));
}

const columnsOnSqlite = `
  select tables.name as "table", columns.name as "column"
  from pragma_table_list as tables, pragma_table_info(tables.name) as columns
  where tables.schema = 'main' and tables.type = 'table'
    and tables.name not like 'sqlite\\_%' escape '\\'`;

const columnsOnPostgres = `
  select table_name as "table", column_name as "column"
  from information_schema.columns where table_schema = current_schema()`;
