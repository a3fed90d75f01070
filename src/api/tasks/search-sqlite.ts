import { CompiledQuery, type Kysely, sql } from 'kysely';
import { prepared } from '../../db/prepared.ts';
import { type Scope, type Steps, step } from '../../db/steps.ts';
import type { Connection, Statement } from '../../db/transaction-group.ts';
import { ownerDigest, ownerDigestLength } from '../owner-digest.ts';
import { taskColumns } from './list-statements.ts';
import type { TasksSchema } from './schema.ts';
import type { IndexedTask, SearchIndex } from './search-index.ts';

/**
 * An FTS5 table, which collects what is written and merges it later: a row for each word would be
 * a page for each word. Every word begins with its owner, so those of one owner lie together and
 * a look-up meets no others. FTS5 knows its rows by numbers: a column of `tasks` here. They grow, so
 * the index on them is written at its end alone, whoever's tasks are new.
 * https://www.sqlite.org/fts5.html
 */
export const sqliteIndex: SearchIndex = {
  columns: ['number'],

  *ofNewTask(scope) {
    return { number: yield* nextNumber(scope) };
  },

  async create(db) {
    // Of a store that an earlier version made.
    await sql`drop table if exists task_words`.execute(db);
    await sql`drop table if exists task_numbers`.execute(db);
    await sql`alter table tasks add column number integer`.execute(db);
    await sql`
      create unique index tasks_number on tasks (number) where number is not null`.execute(db);
    // To this tokenizer everything beyond ASCII belongs to a word: they come as they are.
    // Also the first letters behind the owner are kept: of one letter there are too many words.
    await sql`
      create virtual table task_words using fts5(
        words, content='', contentless_delete=1, detail=none, tokenize=ascii,
        prefix=${sql.lit(String(ownerDigestLength + 1))}
      )`.execute(db);
  },

  async add(db, tasks) {
    for (const task of tasks) {
      const [row] = await selectLastNumber(db, {});
      const number = (row?.last ?? 0) + 1;
      await setNumber(db, { ...task, number });
      const { sql: text, parameters } = replaceWords(task, number);
      await db.executeQuery(CompiledQuery.raw(text, [...parameters]));
    }
  },

  *put(scope, task) {
    const number = task.number ?? (yield* nextNumber(scope));
    // A version that had no search made tasks without one.
    if (task.number == null) yield* setNumber.step(scope, { ...task, number });
    yield* atTheEnd(scope, number, replaceWords(task, number));
  },

  // One without a number has no words.
  remove: (scope, { number = 0 }) => atTheEnd(scope, number, removeWords(number)),

  *forgetAll(scope, owner) {
    const numbers = sql<{ number: number }>`
      select number from tasks where user_id = ${owner} and number is not null`;
    const rows = yield* step(scope, numbers.compile(scope.db));
    // One by one: a number may be that of somebody's new task before the group ends.
    for (const { number } of rows) yield* atTheEnd(scope, number, removeWords(number));
  },

  find(db, { owner, after, count, words }, { status, sort, isFirst }) {
    const start = ownerDigest(owner);
    const match = words.map((word) => `"${start}${word}" *`).join(' ');
    const [order, beyond] = sort === 'newest' ? (['desc', '<'] as const) : (['asc', '>'] as const);
    // The index of the numbers has the keys of their tasks: only those of the page lead to a row.
    const keys = sql`
      select numbered.is_completed, numbered.id from task_words cross join tasks as numbered
        on numbered.number = task_words.rowid
      where task_words match ${match} and numbered.user_id = ${owner} ${ofStatus[status]}
        ${isFirst ? sql`` : sql`and numbered.id ${sql.raw(beyond)} ${after}`}
      order by numbered.id ${sql.raw(order)} limit ${count}`;
    return db
      .selectFrom('tasks')
      .select(taskColumns)
      .where('user_id', '=', owner)
      .where(sql<boolean>`(is_completed, id) in (${keys})`)
      .orderBy('id', order)
      .execute();
  },
};

const ofStatus = {
  all: sql``,
  open: sql`and numbered.is_completed = 0`,
  completed: sql`and numbered.is_completed = 1`,
};

/**
 * The last number that a group of transactions has given out: until it is committed nobody else gives
 * out any. One that is taken back leaves a gap. So no transaction may both delete a task and make one:
 * taken back, it could have given out the number of a task that is still there.
 */
const lastNumbers = new WeakMap<object, number>();

function* nextNumber(scope: Scope<TasksSchema>): Steps<number> {
  const { group } = connectionOf(scope);
  const last = lastNumbers.get(group) ?? (yield* selectLastNumber.step(scope, {}))[0]?.last ?? 0;
  lastNumbers.set(group, last + 1);
  return last + 1;
}

/** Whoever's task it is. */
const selectLastNumber = prepared((db: Kysely<TasksSchema>, _: Record<never, never>) =>
  db
    .selectFrom('tasks')
    .select(({ fn }) => fn.max<number | null>('number').as('last'))
    .where('number', 'is not', null),
);

const setNumber = prepared(
  (
    db: Kysely<TasksSchema>,
    { owner, id, number }: Omit<IndexedTask, 'words'> & { number: number },
  ) => db.updateTable('tasks').set({ number }).where('user_id', '=', owner).where('id', '=', id),
);

/** Also of a new task: FTS5 would keep the words of two under one number, where any were left. */
function replaceWords({ owner, words }: IndexedTask, number: number): Statement {
  const start = ownerDigest(owner);
  return {
    sql: 'replace into task_words (rowid, words) values (?, ?)',
    parameters: [number, words.map((word) => start + word).join(' ')],
  };
}

const removeWords = (number: number): Statement => ({
  sql: 'delete from task_words where rowid = ?',
  parameters: [number],
});

/**
 * FTS5 writes what it has collected for every savepoint, and whenever a number is smaller than the
 * one before it, and has to merge it later. At the end of the group there are no savepoints, and the
 * words of all its tasks, by their numbers, are written as one.
 */
function* atTheEnd(scope: Scope<TasksSchema>, number: number, statement: Statement): Steps<void> {
  connectionOf(scope).atTheEnd(number, (behind) => behind.execute(statement));
}

function connectionOf({ connection }: Scope<TasksSchema>): Connection {
  if (connection === undefined) throw new Error('This is no transaction of SQLite.');
  return connection;
}
