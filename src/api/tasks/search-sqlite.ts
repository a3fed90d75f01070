import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { prepared } from '../../db/prepared.ts';
import type { TasksSchema } from './schema.ts';
import type { IndexedTask, SearchIndex } from './search-index.ts';

/** Hexadecimal digits of the digest that every word of an owner begins with. */
const ownerDigits = 16;

/**
 * An FTS5 table, which collects what is written and merges it later: a row for each word would be
 * a page for each word. Every word begins with its owner, so those of one owner lie together and
 * a look-up meets no others. FTS5 knows its rows by a number; `task_numbers` has it.
 * https://www.sqlite.org/fts5.html
 */
export const sqliteIndex: SearchIndex = {
  async create(db) {
    await sql`
      create table task_numbers (
        number integer primary key,
        user_id text not null,
        id text not null,
        unique (user_id, id)
      ) strict`.execute(db);
    // To this tokenizer everything beyond ASCII belongs to a word: they come as they are.
    // The prefixes are of one, two and three letters behind the owner.
    const prefixes = [1, 2, 3].map((length) => ownerDigits + length).join(' ');
    await sql`
      create virtual table task_words using fts5(
        words, content='', contentless_delete=1, detail=none, tokenize=ascii,
        prefix=${sql.lit(prefixes)}
      )`.execute(db);
  },

  async add(db, tasks) {
    for (const task of tasks) await put(db, task);
  },

  put,

  async forget(trx, owner, id) {
    await sql`
      delete from task_words where rowid =
        (select number from task_numbers where user_id = ${owner} and id = ${id})`.execute(trx);
    await sql`delete from task_numbers where user_id = ${owner} and id = ${id}`.execute(trx);
  },

  async forgetAll(trx, owner) {
    await sql`
      delete from task_words where rowid in
        (select number from task_numbers where user_id = ${owner})`.execute(trx);
    await sql`delete from task_numbers where user_id = ${owner}`.execute(trx);
  },

  isFoundBy(owner, words) {
    const start = startOf(owner);
    const match = words.map((word) => `"${start}${word}" *`).join(' ');
    return sql`id in (
      select id from task_words join task_numbers on number = task_words.rowid
      where task_words match ${match} and user_id = ${owner})`;
  },
};

async function put(db: Kysely<TasksSchema>, { owner, id, words }: IndexedTask): Promise<void> {
  const [row] = await numberTask(db, { owner, id });
  const start = startOf(owner);
  await replaceWords(db, { ...row, words: words.map((word) => start + word).join(' ') });
}

const numberTask = prepared(
  (db: Kysely<TasksSchema>, { owner, id }: Record<'owner' | 'id', string>) => ({
    compile: () =>
      sql<{ number: number }>`
      insert into task_numbers (user_id, id) values (${owner}, ${id})
      on conflict (user_id, id) do update set id = excluded.id
      returning number`.compile(db),
  }),
);

const replaceWords = prepared(
  (db: Kysely<TasksSchema>, { number, words }: { number?: number; words: string }) => ({
    compile: () =>
      sql`replace into task_words (rowid, words) values (${number}, ${words})`.compile(db),
  }),
);

/** What every word of an owner begins with: a digest, as long for any other. */
function startOf(owner: string): string {
  return createHash('sha256').update(owner).digest('hex').slice(0, ownerDigits);
}
