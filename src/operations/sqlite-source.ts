import type { DatabaseSync } from 'node:sqlite';
import { type MovedRow, type MovedTable, toMoved } from './moved-rows.ts';

const rowsAtOnce = 1_000;

/** The rows of a table behind `after`, a key, in the order of their keys, in batches. */
export function* readRows(
  database: DatabaseSync,
  { name, columns, key }: MovedTable,
  after?: MovedRow,
): Generator<MovedRow[]> {
  const names = (list: readonly string[]) => list.map((column) => `"${column}"`).join(', ');
  const behind =
    after === undefined ? '' : `where (${names(key)}) > (${key.map(() => '?').join(', ')})`;
  const statement = database.prepare(
    `select ${names(columns.map((column) => column.name))} from "${name}" ${behind} order by ${names(key)}`,
  );
  let batch: MovedRow[] = [];
  // Texts, numbers and nulls are what keys are made of, and SQLite takes them as they are.
  for (const row of statement.iterate(...((after ?? []) as string[]))) {
    batch.push(columns.map((column) => toMoved(row[column.name], column.type)));
    if (batch.length === rowsAtOnce) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** The columns of a table, and those of its key, in its order. */
export function shapeOf(
  database: DatabaseSync,
  table: string,
): { columns: string[]; key: string[]; refersToOthers: boolean } {
  const columns = database.prepare(`pragma table_info("${table}")`).all();
  const inKey = columns.filter(({ pk }) => Number(pk) > 0);
  return {
    columns: columns.map(({ name }) => String(name)),
    key: inKey.sort((a, b) => Number(a['pk']) - Number(b['pk'])).map(({ name }) => String(name)),
    refersToOthers: database.prepare(`pragma foreign_key_list("${table}")`).all().length > 0,
  };
}
