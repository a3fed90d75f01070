import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import type { TasksSchema } from '../api/tasks/schema.ts';
import { type IndexedTask, searchIndexOf } from '../api/tasks/search-index.ts';
import { wordsOf } from '../contract/words.ts';
import { postgresPool, type Schema } from '../db/postgres.ts';
import { type MovedRow, type MovedTable, toMoved } from './moved-rows.ts';
import { unfinishedMove } from './unfinished-move.ts';

const rowsAtOnce = 5_000;

type Db = Kysely<TasksSchema>;

/** A schema of the database that is moved into, as the owner of its tables. */
export function openTarget(url: string, schema: Schema): Db {
  const pool = postgresPool({
    url,
    schema,
    onError: () => undefined,
    // Many rows at once, and sums over all of them.
    statementTimeoutMs: Number.POSITIVE_INFINITY,
    settings: { row_security: 'off' },
  });
  return new Kysely<TasksSchema>({ dialect: new PostgresDialect({ pool }) });
}

/** The plan of the move that this database is in the middle of, if it is. */
export async function unfinishedPlan(db: Db): Promise<string | undefined> {
  const { rows: found } = await sql`
    select from pg_namespace where nspname = ${unfinishedMove}`.execute(db);
  if (found.length === 0) return undefined;
  const { rows } = await sql<{ plan: string }>`
    select plan from ${sql.table(`${unfinishedMove}.plan`)}`.execute(db);
  return rows[0]?.plan ?? '';
}

/** Writes down, in the database, what a move is about to bring there. */
export async function beginMove(db: Db, plan: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`create schema ${sql.id(unfinishedMove)}`.execute(trx);
    await sql`create table ${sql.table(`${unfinishedMove}.plan`)} (plan text not null)`.execute(
      trx,
    );
    await sql`insert into ${sql.table(`${unfinishedMove}.plan`)} values (${plan})`.execute(trx);
  });
}

/** Takes that back: the database is complete, and servers may start on it. */
export async function endMove(db: Db): Promise<void> {
  await sql`drop schema ${sql.id(unfinishedMove)} cascade`.execute(db);
}

/** The tables of a schema with their columns, without Kysely's record and what is generated. */
export async function tablesOfSchema(
  db: Db,
): Promise<Map<string, { name: string; type: string; isIdentity: boolean }[]>> {
  const { rows } = await sql<{ table: string; name: string; type: string; identity: string }>`
    select table_name as table, column_name as name, data_type as type, is_identity as identity
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = current_schema() and table_type = 'BASE TABLE'
      and is_generated = 'NEVER' and table_name not like 'kysely%'
    order by table_name, ordinal_position`.execute(db);
  const tables = new Map<string, { name: string; type: string; isIdentity: boolean }[]>();
  for (const { table, name, type, identity } of rows) {
    const columns = tables.get(table) ?? [];
    tables.set(table, [...columns, { name, type, isIdentity: identity === 'YES' }]);
  }
  return tables;
}

/** Whether any table of a schema has a row; a schema that is not there has none. */
export async function hasRows(db: Db): Promise<boolean> {
  for (const name of (await tablesOfSchema(db)).keys()) {
    const { rows } = await everyRow(db, (trx) =>
      sql`select from ${sql.table(name)} limit 1`.execute(trx),
    );
    if (rows.length > 0) return true;
  }
  return false;
}

/**
 * Puts rows behind those that are there, all or none. Tasks get their words for search, too, which
 * each kind of database keeps in its own way.
 */
export async function appendRows(db: Db, table: MovedTable, rows: MovedRow[]): Promise<void> {
  const columns = table.columns.map(({ name }) => name);
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map((name, index) => [name, row[index]])),
  );
  const list = sql.join(columns.map((name) => sql.ref(name)));
  const target = sql.table(table.name);
  await everyRow(db, async (trx) => {
    await sql`
      insert into ${target} (${list}) overriding system value
      select ${list} from json_populate_recordset(null::${target}, ${JSON.stringify(objects)}::json)`.execute(
      trx,
    );
    if (table.schema === 'tasks' && table.name === 'tasks') {
      await searchIndexOf(trx).add(trx, objects.map(indexed));
    }
  });
}

/** The columns are those of the table of tasks, whose texts the database insists on. */
function indexed(task: Record<string, unknown>): IndexedTask {
  const { user_id: owner, id, title, description } = task as Record<string, string>;
  return { owner: `${owner}`, id: `${id}`, words: wordsOf(`${title}\n${description}`) };
}

/** The key of the last row, from which a move that was interrupted goes on. */
export async function lastKey(db: Db, table: MovedTable): Promise<MovedRow | undefined> {
  const { rows } = await everyRow(db, (trx) =>
    sql<Record<string, unknown>>`
      select ${sql.join(table.key.map((name) => sql.ref(name)))} from ${sql.table(table.name)}
      order by ${sql.join(sortedBy(table).map((column) => sql`${column} desc`))} limit 1`.execute(
      trx,
    ),
  );
  return rows[0] && keyOf(table, rows[0]);
}

/** All rows in the order of their keys, in batches. */
export async function* readBack(db: Db, table: MovedTable): AsyncGenerator<MovedRow[]> {
  let after: MovedRow | undefined;
  for (;;) {
    const behind =
      after === undefined
        ? sql``
        : sql`where (${sql.join(sortedBy(table))}) > (${sql.join(after)})`;
    const { rows } = await everyRow(db, (trx) =>
      sql<Record<string, unknown>>`
        select ${sql.join(table.columns.map(({ name }) => sql.ref(name)))}
        from ${sql.table(table.name)} ${behind}
        order by ${sql.join(sortedBy(table))} limit ${rowsAtOnce}`.execute(trx),
    );
    yield rows.map((row) => table.columns.map(({ name, type }) => toMoved(row[name], type)));
    const last = rows.at(-1);
    if (last === undefined) return;
    after = keyOf(table, last);
  }
}

/** Numbers that the database gives out go on behind those that were moved. */
export async function continueNumbers(db: Db, table: string, column: string): Promise<void> {
  await sql`
    select setval(pg_get_serial_sequence(${table}, ${column}), max(${sql.ref(column)}))
    from ${sql.table(table)} having max(${sql.ref(column)}) is not null`.execute(db);
}

const typeOf = ({ columns }: MovedTable, name: string): string =>
  columns.find((column) => column.name === name)?.type ?? '';

const keyOf = (table: MovedTable, row: Record<string, unknown>): MovedRow =>
  table.key.map((name) => toMoved(row[name], typeOf(table, name)));

/** Texts compare by their bytes, as in SQLite. */
const sortedBy = (table: MovedTable) =>
  table.key.map((name) =>
    typeOf(table, name) === 'text' ? sql`${sql.ref(name)} collate "C"` : sql`${sql.ref(name)}`,
  );

/**
 * A transaction in which the owner of the tables reaches every row: row security is forced upon
 * the owner again before it commits, and nobody else sees it without.
 */
async function everyRow<T>(
  db: Db,
  work: (trx: Transaction<TasksSchema>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class
      where relnamespace = current_schema()::regnamespace and relforcerowsecurity
      order by relname`.execute(trx);
    for (const { name } of rows) {
      await sql`alter table ${sql.table(name)} no force row level security`.execute(trx);
    }
    const result = await work(trx);
    for (const { name } of rows) {
      await sql`alter table ${sql.table(name)} force row level security`.execute(trx);
    }
    return result;
  });
}
