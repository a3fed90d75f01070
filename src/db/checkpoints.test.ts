import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { groupsForEachLook } from './checkpoints.ts';
import { openSqlite, sqliteDialect } from './sqlite.ts';
import { step, transactSteps } from './steps.ts';

let folder: string;
let file: string;
let database: DatabaseSync;
let db: Kysely<{ notes: { text: string } }>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ownlist-checkpoints-'));
  file = join(folder, 'notes.db');
  database = openSqlite(file);
  database.exec('create table notes (text text not null) strict');
  db = new Kysely({ dialect: sqliteDialect(database) });
});
afterEach(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true });
});

/** One transaction that makes about as many pages. */
const write = (pages: number) => {
  const text = 'x'.repeat(pages * 4096);
  return transactSteps(db, (scope) =>
    step(scope, db.insertInto('notes').values({ text }).compile()),
  );
};
const logged = () => {
  const row = database.prepare('pragma wal_checkpoint(noop)').get();
  return Number(row?.['log']) - Number(row?.['checkpointed']);
};

/** So many changes that the log is looked at among them. */
async function smallChanges(): Promise<void> {
  for (let n = 0; n < groupsForEachLook; n++) await write(1);
}

test('a log that has grown is copied into the file soon, and the next change begins it anew', async () => {
  await write(16_800);
  expect(logged()).toBeGreaterThan(16_000);
  await smallChanges();
  expect(logged()).toBeLessThan(100);
  expect(statSync(file).size).toBeGreaterThan(16_800 * 4096);
});

test('a log that grows and grows stays as small', async () => {
  for (let n = 0; n < 240; n++) await write(200);
  expect(statSync(`${file}-wal`).size).toBeLessThan(24_000 * 4096);
});

test('while another process holds the log, changes go on, and afterwards it is copied', async () => {
  const reader = new DatabaseSync(file);
  reader.exec('begin');
  reader.prepare('select count(*) from notes').get();
  for (let n = 0; n < 2; n++) await write(9_600);
  await smallChanges();
  expect(logged()).toBeGreaterThan(16_000);
  reader.exec('commit');
  reader.close();
  await smallChanges();
  expect(logged()).toBeLessThan(100);
});
