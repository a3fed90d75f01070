import { type Kysely, type Selectable, type SelectQueryBuilder, sql } from 'kysely';
import { hasWords, wordsOf } from '../../contract/words.ts';
import { protectByOwner } from '../../db/row-security.ts';
import type { Scope, Steps } from '../../db/steps.ts';
import type { UserId } from '../principal.ts';
import type { TasksSchema, TasksTable } from './schema.ts';
import { type IndexedTask, searchIndexOf } from './search-index.ts';

/** Rows that are found come without the index's columns. */
type TaskRow = Omit<Selectable<TasksTable>, 'number'> & Pick<IndexedTask, 'number'>;

/** How many of a list's tasks are looked at first, and at most, before the index is asked. */
const lookedAtFirst = 300;
const lookedAtMost = 1_500;
/** How much more of a list is looked at than would do if the words came as often in all of it. */
const margin = 1.5;
/** How many tasks the index is given at once, where there are tasks before it. */
const batchSize = 500;

/**
 * The first `count` rows of a list of the owner's tasks that have `words`. The tasks at its
 * beginning are looked at one by one: words that are common, for which an index is slow, are soon
 * found there, and a short list needs no index. A word of every seventh of 100 000 tasks took 14 ms by
 * the index, and takes 2 to 4 (`npm run bench -- --only search`).
 */
export async function searchRows<O>(
  { db, owner }: { db: Kysely<TasksSchema>; owner: UserId },
  list: SelectQueryBuilder<TasksSchema, 'tasks', O & Omit<TaskRow, 'number'>>,
  words: readonly string[],
  count: number,
): Promise<TaskRow[]> {
  const [word, ...more] = words;
  if (word === undefined) return [];
  for (let looked = lookedAtFirst; looked <= lookedAtMost; ) {
    const rows = await list.limit(looked).execute();
    const found = rows.filter((row) => hasWords(row, words));
    if (rows.length < looked || found.length >= count) return found.slice(0, count);
    looked = Math.ceil((margin * looked * count) / found.length);
  }
  const condition = searchIndexOf(db).isFoundBy(owner, [word, ...more]);
  return list.where(condition).limit(count).execute();
}

/** Makes search find a task by its words as they are now. */
export function indexTask(scope: Scope<TasksSchema>, row: TaskRow): Steps<unknown> {
  return searchIndexOf(scope.db).put(scope, indexed(row));
}

/** Makes the index, and fills it from the tasks that are there. */
export async function createSearchIndex(db: Kysely<TasksSchema>): Promise<void> {
  const index = searchIndexOf(db);
  await index.create(db);
  let last: TaskRow | undefined;
  do {
    const rows = await tasksBehind(db, last);
    if (rows.length > 0) await index.add(db, rows.map(indexed));
    last = rows.at(-1);
  } while (last !== undefined);
  await protectByOwner(db, 'task_words');
}

/** Of every owner, for a migration alone. */
async function tasksBehind(db: Kysely<TasksSchema>, last: TaskRow | undefined): Promise<TaskRow[]> {
  const { rows } = await sql<TaskRow>`
    select * from tasks where (user_id, id) > (${last?.user_id ?? ''}, ${last?.id ?? ''})
    order by user_id, id limit ${batchSize}`.execute(db);
  return rows;
}

const indexed = ({ user_id: owner, id, number, title, description }: TaskRow) => ({
  owner,
  id,
  number,
  words: wordsOf(`${title}\n${description}`),
});
