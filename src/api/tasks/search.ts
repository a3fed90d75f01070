import { type Kysely, sql } from 'kysely';
import { hasWords, wordsOf } from '../../contract/words.ts';
import { protectByOwner } from '../../db/row-security.ts';
import type { Scope, Steps } from '../../db/steps.ts';
import { type ListForm, listOf } from './list-statements.ts';
import type { TasksSchema } from './schema.ts';
import { type FoundTask, type IndexedTask, type Sought, searchIndexOf } from './search-index.ts';

/** What the index is told of a task is made of this. */
interface TaskWithWords extends Pick<IndexedTask, 'id' | 'number'> {
  user_id: string;
  title: string;
  description: string;
}

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
export async function searchRows(
  db: Kysely<TasksSchema>,
  { owner, after, count }: Omit<Sought, 'words'>,
  form: ListForm,
  words: readonly string[],
): Promise<FoundTask[]> {
  const [word, ...more] = words;
  if (word === undefined) return [];
  const list = listOf(db, { owner, after }, form);
  for (let looked = lookedAtFirst; looked <= lookedAtMost; ) {
    const rows = await list.limit(looked).execute();
    const found = rows.filter((row) => hasWords(row, words));
    if (rows.length < looked || found.length >= count) return found.slice(0, count);
    looked = Math.ceil((margin * looked * count) / found.length);
  }
  return searchIndexOf(db).find(db, { owner, after, count, words: [word, ...more] }, form);
}

/** Makes search find a task by its words as they are now. */
export function indexTask(scope: Scope<TasksSchema>, row: TaskWithWords): Steps<unknown> {
  return searchIndexOf(scope.db).put(scope, indexed(row));
}

/** Makes the index, and fills it from the tasks that are there. */
export async function createSearchIndex(db: Kysely<TasksSchema>): Promise<void> {
  const index = searchIndexOf(db);
  await index.create(db);
  let last: TaskWithWords | undefined;
  do {
    const rows = await tasksBehind(db, last);
    if (rows.length > 0) await index.add(db, rows.map(indexed));
    last = rows.at(-1);
  } while (last !== undefined);
  await protectByOwner(db, 'task_words');
}

/** Of every owner, for a migration alone. */
async function tasksBehind(
  db: Kysely<TasksSchema>,
  last: TaskWithWords | undefined,
): Promise<TaskWithWords[]> {
  const { rows } = await sql<TaskWithWords>`
    select * from tasks where (user_id, id) > (${last?.user_id ?? ''}, ${last?.id ?? ''})
    order by user_id, id limit ${batchSize}`.execute(db);
  return rows;
}

const indexed = ({ user_id: owner, id, number, title, description }: TaskWithWords) => ({
  owner,
  id,
  number,
  words: wordsOf(`${title}\n${description}`),
});
