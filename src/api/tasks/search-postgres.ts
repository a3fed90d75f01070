import { type Kysely, sql } from 'kysely';
import { prepared } from '../../db/prepared.ts';
import { step } from '../../db/steps.ts';
import { listOf } from './list-statements.ts';
import type { TasksSchema } from './schema.ts';
import type { IndexedTask, SearchIndex } from './search-index.ts';

/**
 * A row for each word of a task, with keys that lead with the owner. A GIN index would not be used
 * under row security: its operators are not leakproof, those of text are
 * (https://www.postgresql.org/docs/current/rules-privileges.html).
 */
export const postgresIndex: SearchIndex = {
  columns: [],

  async create(db) {
    await sql`
      create table task_words (
        user_id text collate "C" not null,
        id text collate "C" not null,
        word text collate "C" not null,
        primary key (user_id, id, word)
      )`.execute(db);
    await sql`create index task_words_by_word on task_words (user_id, word, id)`.execute(db);
  },

  async add(db, tasks) {
    const rows = tasks.flatMap(({ owner, id, words }) => words.map((word) => [owner, id, word]));
    const [owners, ids, words] = [0, 1, 2].map((column) => rows.map((row) => row[column]));
    await sql`
      insert into task_words (user_id, id, word)
      select * from unnest(${owners}::text[], ${ids}::text[], ${words}::text[])`.execute(db);
  },

  put: (scope, task) => putWords.step(scope, task),

  remove: (scope, { owner, id }) =>
    step(
      scope,
      sql`delete from task_words where user_id = ${owner} and id = ${id}`.compile(scope.db),
    ),

  forgetAll: (scope, owner) =>
    step(scope, sql`delete from task_words where user_id = ${owner}`.compile(scope.db)),

  find(db, { owner, after, count, words }, form) {
    const each = words.map(
      (word) => sql`
        select id from task_words
        where user_id = ${owner} and word >= ${word} and word < ${`${word}${lastCharacter}`}`,
    );
    // An array, not a join: the planner, whose statistics are of all owners, has then one way.
    const isFound = sql<boolean>`id = any (array(${sql.join(each, sql` intersect `)}))`;
    return listOf(db, { owner, after }, form).where(isFound).limit(count).execute();
  },
};

/** Sorts behind every character of a word. */
const lastCharacter = '\u{10ffff}';

const putWords = prepared((db: Kysely<TasksSchema>, { owner, id, words }: IndexedTask) => ({
  compile: () =>
    sql`
      with gone as (
        delete from task_words
        where user_id = ${owner} and id = ${id} and word <> all (${words}::text[])
      )
      insert into task_words (user_id, id, word)
      select ${owner}, ${id}, unnest(${words}::text[])
      on conflict do nothing`.compile(db),
}));
