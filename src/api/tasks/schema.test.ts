import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { sqliteDialect } from '../../db/sqlite.ts';
import type { UserId } from '../principal.ts';
import { changingTasks } from './changes-for-tests.ts';
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
  const {
    '0005-search-by-number': _search,
    '0006-open-and-completed-apart': _apart,
    ...before
  } = tasksMigrations('sqlite');

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
      const page = await changingTasks(db, owner as UserId).list({ ...position, words: [word] });
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

describe('open tasks and completed ones lie apart on SQLite', () => {
  const ann = 'ann' as UserId;
  const position = { sort: 'oldest', limit: 50, after: undefined } as const;
  const ids = async (status: 'all' | 'open' | 'completed') =>
    (await changingTasks(db, ann).list({ ...position, status })).tasks.map(({ id }) => id).join('');

  test('those of a store from before are carried over whole, and go on', async () => {
    const { '0006-open-and-completed-apart': _, ...before } = tasksMigrations('sqlite');
    await migrate(db, before);
    database.exec(`
      insert into owners values ('ann', 5), ('bob', 1);
      insert into tasks values
        ('ann', '1', 'one', 'of three', null, 1, 2, 3, 1), ('ann', '2', 'two', '', 7, 1, 7, 4, 2),
        ('ann', '3', 'three', '', null, 1, 1, 5, 3), ('bob', '2', 'his', '', null, 1, 1, 1, 4);`);
    const rows = () =>
      database
        .prepare(
          `select user_id, id, title, description, completed_at, created_at, updated_at, version,
             number from tasks order by user_id, id`,
        )
        .all();
    const asBefore = rows();
    await migrate(db, tasksMigrations('sqlite'));
    expect(rows()).toEqual(asBefore);
    expect([await ids('all'), await ids('open'), await ids('completed')]).toEqual([
      '123',
      '13',
      '2',
    ]);
    expect(await changingTasks(db, ann).update('2', { completed: false })).toMatchObject({
      version: 6,
    });
    expect(await changingTasks(db, ann).create({ id: '4', title: 'four' })).toMatchObject({
      version: 7,
    });
    expect([await ids('open'), await ids('completed')]).toEqual(['1234', '']);
    expect(database.prepare('select max(number) as last from tasks').get()).toEqual({ last: 5 });
    expect(database.prepare('pragma foreign_key_check').all()).toEqual([]);
    expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  });

  describe('also where a version that knows nothing of it', () => {
    const make = (id: string, completedAt: number | null) =>
      database
        .prepare(
          `insert into tasks (user_id, id, title, description, completed_at, created_at, updated_at,
             version) values ('ann', ?, 'x', '', ?, 1, 1, 1) on conflict do nothing returning id`,
        )
        .all(id, completedAt);
    const complete = (id: string, at: number | null) =>
      database
        .prepare('update tasks set completed_at = ? where user_id = ? and id = ? returning id')
        .all(at, 'ann', id);

    beforeEach(async () => {
      await migrate(db, tasksMigrations('sqlite'));
      database.exec(`insert into owners values ('ann', 1)`);
    });

    test('makes and changes them', async () => {
      for (const id of ['1', '2', '3']) expect(make(id, id === '2' ? 5 : null)).toEqual([{ id }]);
      expect([await ids('open'), await ids('completed')]).toEqual(['13', '2']);
      expect(complete('1', 6)).toEqual([{ id: '1' }]);
      expect(complete('2', null)).toEqual([{ id: '2' }]);
      expect([await ids('open'), await ids('completed'), await ids('all')]).toEqual([
        '23',
        '1',
        '123',
      ]);
      expect(await changingTasks(db, ann).get('1')).toMatchObject({ completed: true });
    });

    test.each([
      [null, null],
      [null, 5],
      [5, null],
      [5, 6],
    ])('puts a second one under an id: completed at %j, then %j', async (first, second) => {
      make('1', first);
      expect(make('1', second)).toEqual([]);
      expect(await changingTasks(db, ann).create({ id: '1', title: 'y' })).toBeUndefined();
      expect(await ids('all')).toBe('1');
    });
  });

  test('an id is free again once its task is deleted, whichever it was', async () => {
    await migrate(db, tasksMigrations('sqlite'));
    const tasks = changingTasks(db, ann);
    for (const completed of [false, true, false]) {
      expect(await tasks.create({ id: '1', title: 'x', completed })).toMatchObject({ completed });
      expect(await tasks.create({ id: '1', title: 'y', completed: !completed })).toBeUndefined();
      expect(await tasks.delete('1')).toBeDefined();
      expect(await tasks.get('1')).toBeUndefined();
    }
  });
});

test('a store without its tables is not ready, and with them it is', async () => {
  await expect(readTasks(db)).rejects.toThrow('no such table');
  await migrate(db, tasksMigrations('sqlite'));
  await expect(readTasks(db)).resolves.toBeUndefined();
});
