import { CompiledQuery, type Kysely, sql } from 'kysely';
import { prepared } from '../../db/prepared.ts';
import { type Scope, type Steps, step } from '../../db/steps.ts';
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
  // The next one, whoever has the last.
  columns: {
    number: sql<number>`(
      select coalesce(max(number), 0) + 1 from tasks where number is not null)`,
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
      const [added] = await numberTask(db, task);
      await db.executeQuery(replaceWords({ ...task, ...added }));
    }
  },

  put: (scope, task) => atTheEnd(scope, numberOf(task), replaceWords(task)),

  remove: (scope, task) => atTheEnd(scope, numberOf(task), removeWords(numberOf(task))),

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

const numberTask = prepared(
  (db: Kysely<TasksSchema>, { owner, id }: Record<'owner' | 'id', string>) =>
    db
      .updateTable('tasks')
      .set(sqliteIndex.columns)
      .where('user_id', '=', owner)
      .where('id', '=', id)
      .returning('number'),
);

function numberOf({ number }: { number?: number | undefined }): number {
  if (number === undefined) throw new Error('A task has no number.');
  return number;
}

/** Makes the task be found by its words and by no others. */
const replaceWords = (task: IndexedTask) => {
  const start = ownerDigest(task.owner);
  const words = task.words.map((word) => start + word).join(' ');
  return CompiledQuery.raw('replace into task_words (rowid, words) values (?, ?)', [
    numberOf(task),
    words,
  ]);
};

const removeWords = (number: number) =>
  CompiledQuery.raw('delete from task_words where rowid = ?', [number]);

/**
 * FTS5 writes what it has collected for every savepoint, and whenever a number is smaller than the
 * one before it, and has to merge it later. At the end of the group there are no savepoints, and the
 * words of all its tasks, by their numbers, are written as one.
 */
function* atTheEnd(
  { connection }: Pick<Scope<unknown>, 'connection'>,
  number: number,
  statement: CompiledQuery,
): Steps<void> {
  if (connection === undefined) yield statement;
  else connection.atTheEnd(number, (behind) => behind.execute(statement));
}
