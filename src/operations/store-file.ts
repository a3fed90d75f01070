import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { sha256Of } from './durable-files.ts';
import type { StoreEntry } from './manifest.ts';

/** What a manifest says of a SQLite file that nobody writes. */
export async function describeStore(file: string, database: DatabaseSync): Promise<StoreEntry> {
  return {
    bytes: statSync(file).size,
    sha256: await sha256Of(file),
    rows: Object.fromEntries(tablesOf(database).map((table) => [table, count(database, table)])),
    migrations: migrationsIn(database),
  };
}

/** Tables that hold rows of their own: neither SQLite's, nor those inside or behind an index. */
export function tablesOf(database: DatabaseSync): string[] {
  const tables = database.prepare(
    "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name",
  );
  return tables.all().map(({ name }) => String(name));
}

function count(database: DatabaseSync, table: string): number {
  return Number(database.prepare(`select count(*) as count from "${table}"`).get()?.['count']);
}

/** The names of the migrations that made the tables of a store, in their order. */
export function migrationsIn(database: DatabaseSync): string[] {
  if (!tablesOf(database).includes('kysely_migration')) return [];
  const migrations = database.prepare('select name from kysely_migration order by name');
  return migrations.all().map(({ name }) => String(name));
}
