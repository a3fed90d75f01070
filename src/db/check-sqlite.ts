import type { DatabaseSync } from 'node:sqlite';

/** Up to here every page is looked at, which takes about a millisecond for each MB. */
const checkedBytesMax = 16 * 1024 * 1024;

/** A file that SQLite opens, and whose pages do not fit together. */
export class DamagedStoreError extends Error {
  constructor(found: string) {
    super(found);
    this.name = 'DamagedStoreError';
  }
}

/**
 * Looks for damage in a store before it is used. What takes no time is looked at in every file:
 * that it is one of SQLite, as long as its header says, with a schema that can be read. Small files
 * are gone through page by page; big ones are when they are backed up.
 * @throws {DamagedStoreError} or SQLite's own error.
 */
export function requireUndamaged(database: DatabaseSync): void {
  // Reading the schema reads the header, and SQLite compares it with the length of the file.
  database.prepare('select count(*) from sqlite_schema').get();
  if (
    Number(pragma(database, 'page_count')) * Number(pragma(database, 'page_size')) >
    checkedBytesMax
  )
    return;
  const damage = damageOf(database, 'quick_check');
  if (damage !== undefined) throw new DamagedStoreError(damage);
}

/**
 * What SQLite finds wrong with a file, page by page and, in an `integrity_check`, row by row;
 * `undefined` where it is whole.
 */
export function damageOf(
  database: DatabaseSync,
  check: 'quick_check' | 'integrity_check',
): string | undefined {
  try {
    const found = String(database.prepare(`pragma ${check}(1)`).get()?.[check]);
    return found === 'ok' ? undefined : found.replace('*** in database main ***', '').trim();
  } catch (error) {
    return (error as Error).message;
  }
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`pragma ${name}`).get()?.[name];
}
