import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
         and name not like 'task_words%'`,
    )
    .all();
  expect(tables.map(({ name }) => name).toSorted()).toEqual([
    'idempotency_keys',
    'owners',
    'tasks',
  ]);
  for (const table of tables) expect(table).toMatchObject({ strict: 1, wr: 1 });
});

describe('the tasks of a store from before', () => {
  const { '0005-search-by-number': _, ...before } = tasksMigrations('sqlite');

  test.each([
    ['that had no search', ''],
    [
      'whose search knew tasks by numbers in a table of their own',
      `create table task_numbers (
         number integer primary key, user_id text not null, id text not null, unique (user_id, id)
       ) strict;
       create virtual table task_words using fts5(
         words, content='', contentless_delete=1, detail=none, tokenize=ascii, prefix='17 18 19'
       );
       insert into task_numbers select row_number() over (), user_id, id from tasks;
       insert into task_words (rowid, words) select number, 'outdated' from task_numbers;`,
    ],
  ])('%s are found', async (_, searchBefore) => {
    await migrate(db, before);
    const insert = database.prepare("insert into tasks values (?, ?, ?, '', null, 1, 1, 1)");
    for (const owner of ['ann', 'bob']) {
      database.prepare('insert into owners values (?, 1)').run(owner);
      // More than search looks at one by one, and more than are indexed at once.
      for (let n = 0; n < 600; n++) insert.run(owner, `${n}`.padStart(4, '0'), `${owner} rare${n}`);
    }
    database.exec(searchBefore);
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
    const numbers = 'select count(number) as tasks, max(number) as last from tasks';
    expect(database.prepare(numbers).get()).toEqual({ tasks: 1200, last: 1200 });
    const names = "select name from sqlite_schema where name = 'task_numbers'";
    expect(database.prepare(names).all()).toEqual([]);
  });
});

test('a store without its tables is not ready, and with them it is', async () => {
  await expect(readTasks(db)).rejects.toThrow('no such table');
  await migrate(db, tasksMigrations('sqlite'));
  await expect(readTasks(db)).resolves.toBeUndefined();
});
