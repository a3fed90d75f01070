import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite, sqliteDialect } from './sqlite.ts';
import { step, transactSteps } from './steps.ts';
import { untilCommit } from './until-commit.ts';

interface Schema {
  notes: { id: number };
}

let folder: string;
let db: Kysely<Schema>;
let other: DatabaseSync;
const memory = untilCommit<string, number>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ownlist-until-commit-'));
  const file = join(folder, 'notes.db');
  db = new Kysely<Schema>({ dialect: sqliteDialect(openSqlite(file)) });
  await sql`create table notes (id integer primary key) strict`.execute(db);
  other = new DatabaseSync(file);
  memory(db)?.set('read', 1);
});
afterEach(async () => {
  other.close();
  await db.destroy();
  rmSync(folder, { recursive: true });
});

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const remembered = () => memory(db)?.get('read');

test('what was read is remembered over other reads, and over turns in which nothing is written', async () => {
  await db.selectFrom('notes').selectAll().execute();
  await nextTurn();
  other.prepare('select * from notes').all();
  expect(remembered()).toBe(1);
});

test('a commit forgets it at once', async () => {
  await transactSteps(db, (scope) =>
    step(scope, db.insertInto('notes').values({ id: 1 }).compile()),
  );
  expect(remembered()).toBeUndefined();
});

test('a statement that writes outside of a transaction forgets it at once', async () => {
  await db.insertInto('notes').values({ id: 1 }).execute();
  expect(remembered()).toBeUndefined();
});

test('a commit of another process forgets it by the next turn of the event loop', async () => {
  await nextTurn();
  other.exec('insert into notes values (1)');
  expect(remembered()).toBeUndefined();
  memory(db)?.set('read', 2);
  other.exec('insert into notes values (2)');
  await nextTurn();
  expect(remembered()).toBeUndefined();
});

test('what was read before a commit and arrives after it is not remembered', async () => {
  const before = memory(db);
  await db.insertInto('notes').values({ id: 1 }).execute();
  before?.set('read', 3);
  expect(remembered()).toBeUndefined();
});

test('each database has a memory of its own', async () => {
  const another = new Kysely<Schema>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  expect(memory(another)?.get('read')).toBeUndefined();
  await another.destroy();
});
