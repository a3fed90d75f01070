import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { sqliteDialect } from '../../db/sqlite.ts';
import { readTasks, type TasksSchema, tasksMigrations } from './schema.ts';

let database: DatabaseSync;
let db: Kysely<TasksSchema>;

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  db = new Kysely({ dialect: sqliteDialect(database) });
});
afterEach(() => db.destroy());

test('on SQLite every table is strict, and holds its rows in the order of their owners', async () => {
  await migrate(db, tasksMigrations('sqlite'));
  const tables = database
    .prepare(
      `select name, strict, wr from pragma_table_list
       where schema = 'main' and name not like 'sqlite_%' and name not like 'kysely_%'`,
    )
    .all();
  expect(tables.map(({ name }) => name).toSorted()).toEqual([
    'idempotency_keys',
    'owners',
    'tasks',
  ]);
  for (const table of tables) expect(table).toMatchObject({ strict: 1, wr: 1 });
});

test('a store without its tables is not ready, and with them it is', async () => {
  await expect(readTasks(db)).rejects.toThrow('no such table');
  await migrate(db, tasksMigrations('sqlite'));
  await expect(readTasks(db)).resolves.toBeUndefined();
});
