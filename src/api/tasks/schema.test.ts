import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { sqliteDialect } from '../../db/sqlite.ts';
import type { UserId } from '../principal.ts';
import { readTasks, type TasksSchema, tasksMigrations } from './schema.ts';
import { tasksOf } from './store.ts';

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
       where schema = 'main' and name not like 'sqlite_%' and name not like 'kysely_%'
         -- FTS5 numbers its rows, and has tables of its own.
         and name <> 'task_numbers' and name not like 'task_words%'`,
    )
    .all();
  expect(tables.map(({ name }) => name).toSorted()).toEqual([
    'idempotency_keys',
    'owners',
    'tasks',
  ]);
  for (const table of tables) expect(table).toMatchObject({ strict: 1, wr: 1 });
});

test('the tasks of a store that had no search are found once it has', async () => {
  const { '0004-search': _, ...before } = tasksMigrations('sqlite');
  await migrate(db, before);
  const insert = database.prepare("insert into tasks values (?, ?, ?, '', null, 1, 1, 1)");
  for (const owner of ['ann', 'bob']) {
    database.prepare('insert into owners values (?, 1)').run(owner);
    // More than search looks at one by one, and more than are indexed at once.
    for (let n = 0; n < 600; n++) insert.run(owner, `${n}`.padStart(4, '0'), `${owner} rare${n}`);
  }
  await migrate(db, tasksMigrations('sqlite'));
  const titlesWith = async (owner: string, word: string) => {
    const position = { status: 'all', sort: 'newest', limit: 50, after: undefined } as const;
    const page = await tasksOf(db, owner as UserId).list({ ...position, words: [word] });
    return page.tasks.map(({ title }) => title);
  };
  expect(await titlesWith('ann', 'rare0')).toEqual(['ann rare0']);
  expect(await titlesWith('bob', 'rare59')).toEqual(
    [599, 598, 597, 596, 595, 594, 593, 592, 591, 590, 59].map((n) => `bob rare${n}`),
  );
});

test('a store without its tables is not ready, and with them it is', async () => {
  await expect(readTasks(db)).rejects.toThrow('no such table');
  await migrate(db, tasksMigrations('sqlite'));
  await expect(readTasks(db)).resolves.toBeUndefined();
});
