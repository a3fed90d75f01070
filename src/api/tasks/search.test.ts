import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { searchWords } from '../../contract/words.ts';
import { migrate } from '../../db/migrate.ts';
import { sqliteDialect } from '../../db/sqlite.ts';
import { ownerDigest } from '../owner-digest.ts';
import type { UserId } from '../principal.ts';
import { type ChangingTasks, changingTasks } from './changes-for-tests.ts';
import { type TasksSchema, tasksMigrations } from './schema.ts';
import type { ListPosition } from './store.ts';

/** More than search looks at one by one: what lies behind them is found by the index alone. */
const fillers = 300;

let database: DatabaseSync;
let db: Kysely<TasksSchema>;
let ann: ChangingTasks;
let bob: ChangingTasks;

beforeEach(async () => {
  database = new DatabaseSync(':memory:');
  db = new Kysely<TasksSchema>({ dialect: sqliteDialect(database) });
  await migrate(db, tasksMigrations('sqlite'));
  [ann, bob] = [changingTasks(db, 'ann' as UserId), changingTasks(db, 'bob' as UserId)];
});
afterEach(() => db.destroy());

const idOf = (n: number) => `01a1fcc4-a1ed-7f57-bb46-c820c5d5${String(n).padStart(4, '0')}`;

/** Tasks with these titles, in the order of their ids, and `others` behind them. */
async function give(store: ChangingTasks, titles: readonly string[], others = 0): Promise<void> {
  for (const [n, title] of titles.entries()) await store.create({ id: idOf(n), title });
  const more = Array.from({ length: others }, (_, n) =>
    store.create({ id: idOf(5_000 + n), title: 'ღ' }),
  );
  await Promise.all(more);
}

async function find(store: ChangingTasks, q: string, position: Partial<ListPosition> = {}) {
  const all: ListPosition = { status: 'all', sort: 'newest', limit: 50, after: undefined };
  const { tasks, more } = await store.list({ ...all, ...position, words: searchWords(q) });
  return { titles: tasks.map(({ title }) => title), more };
}

test.each([
  ['a little further on', 320],
  ['further on', 1_000],
  ['far behind', 1_900],
])(
  'words that are common at the beginning of a list are found where they go on: %s',
  async (_, at) => {
    const isMilk = (n: number) => (n < 300 && n % 7 === 0) || (n >= at && n % 10 === 0);
    const newestFirst = Array.from({ length: 2_000 }, (_, n) => (isMilk(n) ? `milk ${n}` : 'ღ'));
    const oldestFirst = newestFirst.toReversed();
    await Promise.all(oldestFirst.map((title, n) => ann.create({ id: idOf(n), title })));
    const milk = newestFirst.filter((title) => title !== 'ღ');
    expect(await find(ann, 'milk')).toEqual({ titles: milk.slice(0, 50), more: milk.length > 50 });
    const after = idOf(2_000 - 100);
    const rest = milk.filter((title) => Number(title.slice(5)) >= 100).slice(0, 50);
    expect((await find(ann, 'milk', { after })).titles).toEqual(rest);
  },
);

test('the words of changes that come together are one piece of the index, whatever their order', async () => {
  const pieces = () =>
    Number(database.prepare('select count(*) as count from task_words_data').get()?.['count']);
  async function piecesMadeBy(order: readonly number[]): Promise<number> {
    const before = pieces();
    await Promise.all(order.map((n) => ann.update(idOf(n), { title: `bread ${n}` })));
    return pieces() - before;
  }
  await Promise.all([0, 1, 2].map((n) => ann.create({ id: idOf(n), title: 'milk' })));
  const inTheirOrder = await piecesMadeBy([0, 1, 2]);
  expect(await piecesMadeBy([2, 1, 0])).toBe(inTheirOrder);
});

test('an account that ends together with other changes leaves no words, and takes none of others', async () => {
  await give(bob, [], fillers);
  await give(ann, ['milk', 'milk', 'milk']);
  // The numbers of the last tasks are free again, and those of the next ones.
  await Promise.all([
    ann.update(idOf(2), { title: 'rye' }),
    ann.eraseAll(),
    bob.create({ id: idOf(0), title: 'bread' }),
    bob.create({ id: idOf(1), title: 'oats' }),
  ]);
  expect((await find(bob, 'bread')).titles).toEqual(['bread']);
  expect((await find(bob, 'oats')).titles).toEqual(['oats']);
  const ofAnn = database.prepare(
    'select count(*) as count from task_words where task_words match ?',
  );
  expect(ofAnn.get(`"${ownerDigest('ann')}" *`)).toEqual({ count: 0 });
});

test('of the changes of a task that come together the last one is found', async () => {
  await give(ann, ['milk', 'milk', 'milk'], fillers);
  await Promise.all([
    ann.update(idOf(2), { title: 'rye' }),
    ann.update(idOf(0), { title: 'bread' }),
    ann.delete(idOf(1)),
    ann.update(idOf(2), { title: 'spelt' }),
    ann.update(idOf(0), { title: 'oats' }),
    ann.delete(idOf(0)),
  ]);
  for (const word of ['milk', 'rye', 'bread', 'oats']) {
    expect((await find(ann, word)).titles).toEqual([]);
  }
  expect((await find(ann, 'spelt')).titles).toEqual(['spelt']);
});

describe.each([
  ['among the first of a list', 0],
  ['behind more than are looked at', fillers],
])('%s', (_, others) => {
  test('the tasks are found that have every word, or one that begins with it', async () => {
    await give(ann, ['Buy milk', 'Buy bread', 'Milk the cow', 'buttermilk'], others);
    expect((await find(ann, 'mil')).titles).toEqual(['Milk the cow', 'Buy milk']);
    expect((await find(ann, 'buy mil')).titles).toEqual(['Buy milk']);
    expect((await find(ann, 'bread cow')).titles).toEqual([]);
    expect((await find(ann, 'milks')).titles).toEqual([]);
    expect((await find(ann, '"; --')).titles).toEqual([]);
  });

  test('words of the description count', async () => {
    await ann.create({ id: idOf(1), title: 'Shop', description: 'for milk' });
    await give(ann, [], others);
    expect((await find(ann, 'milk')).titles).toEqual(['Shop']);
    expect((await find(ann, 'shopfor')).titles).toEqual([]);
  });

  test('nobody finds the words of somebody else', async () => {
    await give(ann, ['milk'], others);
    await give(bob, ['milk too'], others);
    expect((await find(ann, 'milk')).titles).toEqual(['milk']);
    expect((await find(bob, 'milk')).titles).toEqual(['milk too']);
    expect((await find(bob, 'too')).titles).toEqual(['milk too']);
    expect((await find(ann, 'too')).titles).toEqual([]);
  });

  test('a change of title or description changes what is found, one of neither does not', async () => {
    await give(ann, ['milk'], others);
    await ann.update(idOf(0), { completed: true });
    expect((await find(ann, 'milk')).titles).toEqual(['milk']);
    await ann.update(idOf(0), { title: 'bread' });
    expect((await find(ann, 'milk')).titles).toEqual([]);
    expect((await find(ann, 'bread')).titles).toEqual(['bread']);
    await ann.update(idOf(0), { description: 'rye' });
    expect((await find(ann, 'bread rye')).titles).toEqual(['bread']);
    await ann.update(idOf(0), { title: 'loaf', description: 'of spelt' });
    expect((await find(ann, 'rye')).titles).toEqual([]);
    expect((await find(ann, 'loaf spelt')).titles).toEqual(['loaf']);
  });

  test('a deleted task is not found, nor by its id again under other words', async () => {
    await give(ann, ['milk'], others);
    await ann.delete(idOf(0));
    expect((await find(ann, 'milk')).titles).toEqual([]);
    await ann.create({ id: idOf(0), title: 'bread' });
    expect((await find(ann, 'milk')).titles).toEqual([]);
    expect((await find(ann, 'bread')).titles).toEqual(['bread']);
  });

  test('filter, order, limit and position are those of the list', async () => {
    await give(ann, ['milk 0', 'milk 1', 'milk 2', 'milk 3'], others);
    await ann.update(idOf(1), { completed: true });
    const pages = [
      [{ status: 'completed' }, ['milk 1'], false],
      [{ status: 'open', sort: 'oldest' }, ['milk 0', 'milk 2', 'milk 3'], false],
      [{ limit: 2 }, ['milk 3', 'milk 2'], true],
      [{ limit: 4 }, ['milk 3', 'milk 2', 'milk 1', 'milk 0'], false],
      [{ after: idOf(2) }, ['milk 1', 'milk 0'], false],
      [{ after: idOf(1), sort: 'oldest', limit: 1 }, ['milk 2'], true],
    ] as const;
    for (const [position, titles, more] of pages) {
      expect(await find(ann, 'mil', position)).toEqual({ titles, more });
    }
  });
});

test('by the index every list is what its tasks with the words are, from every position on', async () => {
  const all = Array.from({ length: 24 }, (_, n) => ({
    id: idOf(n * 200),
    title: n % 3 === 0 ? `milk ${n}` : `bread ${n}`,
    completed: n % 4 < 2,
  }));
  for (const task of all) await ann.create(task);
  // Enough open and completed ones at either end that no list is looked through.
  const others = Array.from({ length: 4 * fillers }, (_, n) => ({
    id: `${n % 2 === 0 ? '0000' : 'ffff'}${idOf(n).slice(4)}`,
    title: 'ღ',
    completed: n % 4 < 2,
  }));
  await Promise.all(others.map((task) => ann.create(task)));
  for (const status of ['all', 'open', 'completed'] as const) {
    for (const sort of ['newest', 'oldest'] as const) {
      for (const after of [undefined, ...all.map(({ id }) => id)]) {
        const expected = all
          .filter(({ title }) => title.startsWith('milk'))
          .filter(({ completed }) => status === 'all' || completed === (status === 'completed'))
          .filter(({ id }) => after === undefined || (sort === 'newest' ? id < after : id > after))
          .map(({ title }) => title);
        if (sort === 'newest') expected.reverse();
        expect(await find(ann, 'milk', { status, sort, after, limit: 3 })).toEqual({
          titles: expected.slice(0, 3),
          more: expected.length > 3,
        });
      }
    }
  }
});

test('a task that is refused or taken back leaves nothing to find', async () => {
  await give(ann, ['milk'], fillers);
  await ann.create({ id: idOf(0), title: 'bread' });
  await ann.update(idOf(0), { title: 'bread' }, 99);
  await ann.delete(idOf(0), 99);
  expect((await find(ann, 'bread')).titles).toEqual([]);
  expect((await find(ann, 'milk')).titles).toEqual(['milk']);
});

test('nothing of the index is left of an owner whose tasks are erased, and all of it of others', async () => {
  await give(ann, ['milk', 'bread']);
  await give(bob, ['milk'], fillers);
  await ann.eraseAll();
  expect(database.prepare('select count(*) as count from task_words').get()).toEqual({
    count: fillers + 1,
  });
  expect((await find(bob, 'milk')).titles).toEqual(['milk']);
});

test('changes of one moment leave the index as they leave the tasks', async () => {
  await give(ann, ['milk'], fillers);
  await Promise.all([
    ann.create({ id: idOf(0), title: 'bread' }),
    ann.update(idOf(0), { title: 'butter' }),
    ann.delete(idOf(0)),
    ann.create({ id: idOf(0), title: 'cheese' }),
    bob.create({ title: 'bread' }),
    bob.eraseAll(),
  ]);
  expect((await find(ann, 'b')).titles).toEqual([]);
  expect((await find(ann, 'cheese')).titles).toEqual(['cheese']);
  const rows = (table: string) => database.prepare(`select count(*) as count from ${table}`).get();
  expect(rows('task_words')).toEqual({ count: fillers + 1 });
  const unnumbered = 'select count(*) as count from tasks where number is null';
  expect(database.prepare(unnumbered).get()).toEqual({ count: 0 });
});

test('a task that a version without search has made is found once it is changed', async () => {
  await give(ann, ['milk', 'bread'], fillers);
  const without = database.prepare('update tasks set number = null where id = ?');
  for (const n of [0, 1]) without.run(idOf(n));
  database.exec('delete from task_words where rowid <= 2');
  await Promise.all([
    ann.create({ id: idOf(2), title: 'rye' }),
    ann.update(idOf(0), { title: 'oats' }),
    ann.create({ id: idOf(3), title: 'spelt' }),
    ann.delete(idOf(1)),
  ]);
  for (const title of ['rye', 'oats', 'spelt']) {
    expect((await find(ann, title)).titles).toEqual([title]);
  }
  expect((await find(ann, 'bread')).titles).toEqual([]);
});

test('words that were left under a number are not found as those of a new task', async () => {
  await give(ann, ['milk'], fillers);
  const left = database.prepare('insert into task_words (rowid, words) values (?, ?)');
  left.run(fillers + 2, `${ownerDigest('ann')}dentist`);
  await ann.create({ id: idOf(1), title: 'garden' });
  expect((await find(ann, 'dentist')).titles).toEqual([]);
  expect((await find(ann, 'garden')).titles).toEqual(['garden']);
});

test('reads go on behind whatever number FTS5 has written last', async () => {
  const ids = Array.from({ length: 200 }, (_, n) => idOf(n));
  for (const id of ids) await ann.create({ id, title: 'milk' });
  for (const id of ids) {
    await ann.delete(id);
    expect(await ann.get(id)).toBeUndefined();
  }
});

test('every word of the index begins with its owner, as long for one as for another', async () => {
  for (const owner of ['ann', 'bob', 'a'.repeat(500)]) {
    await changingTasks(db, owner as UserId).create({ title: 'milk' });
  }
  await sql`create virtual table temp.terms using fts5vocab(main, task_words, row)`.execute(db);
  const { rows } = await sql<{ term: string }>`select term from terms`.execute(db);
  const words = rows.map(({ term }) => term).filter((term) => term.endsWith('milk'));
  expect(words).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{16}milk$/)));
  expect(new Set(words).size).toBe(3);
});
