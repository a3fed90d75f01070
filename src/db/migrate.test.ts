import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from './migrate.ts';
import { openSqlite, sqliteDialect } from './sqlite.ts';

const tableOfOne = {
  '0001': {
    up: (db: Kysely<never>) => db.schema.createTable('one').addColumn('id', 'integer').execute(),
  },
};

/** A store, in which a try for its lock fails at once, and another process on the same file. */
function twoOnOneFile() {
  const folder = mkdtempSync(path.join(tmpdir(), 'ownlist-migrate-'));
  const file = path.join(folder, 'store.db');
  const database = openSqlite(file);
  database.exec('pragma busy_timeout = 0');
  const db = new Kysely<Record<string, never>>({ dialect: sqliteDialect(database) });
  const other = new DatabaseSync(file);
  onTestFinished(async () => {
    other.close();
    await db.destroy();
    rmSync(folder, { recursive: true });
  });
  return { db, other };
}

test('a process waits for another that migrates the same file, for longer than for a lock', async () => {
  const { db, other } = twoOnOneFile();
  other.exec('begin immediate');
  let isDone = false;
  const migrated = migrate(db, tableOfOne).then(() => {
    isDone = true;
  });
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  expect(isDone).toBe(false);
  other.exec('commit');
  await migrated;
  expect(await db.introspection.getTables()).toMatchObject([{ name: 'one' }]);
});

test('a process does not wait for the lock of a store that is up to date', async () => {
  const { db, other } = twoOnOneFile();
  await migrate(db, tableOfOne);
  other.exec('begin immediate');
  await migrate(db, tableOfOne);
  other.exec('commit');
});
