import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { ListQuery } from '../../contract/page.ts';
import { preparedForms } from '../../db/prepared.ts';
import { hasRowSecurity } from '../../db/row-security.ts';
import type { UserId } from '../principal.ts';
import type { TasksSchema } from './schema.ts';

/** What a task is made of: the owner is known. */
export const taskColumns = [
  'id',
  'title',
  'description',
  'completed_at',
  'created_at',
  'updated_at',
  'version',
] as const;

/** Whose list, and behind which id it begins, unless it is the first page. */
export interface Position {
  owner: UserId;
  after: string;
}

/** Which list, and whether this is its first page. */
export interface ListForm extends Required<Pick<ListQuery, 'status' | 'sort'>> {
  isFirst: boolean;
}

/** All tasks of a list, from its position on. */
export function listOf(
  db: Kysely<TasksSchema>,
  { owner, after }: Position,
  { status, sort, isFirst }: ListForm,
) {
  const { open, completed } = hasRowSecurity(db) ? byTime : byKey;
  const tasksThat = (areListed: RawBuilder<boolean> | undefined) => {
    let query = db.selectFrom('tasks').select(taskColumns).where('user_id', '=', owner);
    if (areListed) query = query.where(areListed);
    return isFirst ? query : query.where('id', sort === 'newest' ? '<' : '>', after);
  };
  const all = () =>
    // Both are in the order of their ids, and SQLite merges them as they are read.
    hasRowSecurity(db) ? tasksThat(undefined) : tasksThat(open).unionAll(tasksThat(completed));
  const tasks = status === 'all' ? all() : tasksThat(status === 'open' ? open : completed);
  return tasks.orderBy('id', sort === 'newest' ? 'desc' : 'asc');
}

const byKey = { open: sql<boolean>`is_completed = 0`, completed: sql<boolean>`is_completed = 1` };
const byTime = {
  open: sql<boolean>`completed_at is null`,
  completed: sql<boolean>`completed_at is not null`,
};

/** The first of these. */
export const selectPage = preparedForms(
  (db: Kysely<TasksSchema>, values: Position & { count: number }, form: ListForm) =>
    listOf(db, values, form).limit(values.count),
);
