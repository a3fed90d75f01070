import { createHash } from 'node:crypto';
import type { Schema } from '../db/postgres.ts';

/** A value as both databases have it: a time as ISO 8601 in UTC, a boolean as one. */
export type MovedValue = string | number | boolean | null;
export type MovedRow = MovedValue[];

/** A table to be moved, as PostgreSQL declares it. */
export interface MovedTable {
  schema: Schema;
  name: string;
  columns: { name: string; type: string }[];
  /** The columns of its primary key, by which both databases sort it, comparing texts by bytes. */
  key: string[];
}

/** What a table holds: equal means the same rows, whichever database they are in. */
export interface Contents {
  rows: number;
  sha256: string;
}

/** The contents of a table from all its rows in the order of their keys. */
export async function contentsOf(
  batches: AsyncIterable<MovedRow[]> | Iterable<MovedRow[]>,
): Promise<Contents> {
  const hash = createHash('sha256');
  let count = 0;
  for await (const rows of batches) {
    count += rows.length;
    for (const row of rows) hash.update(`${JSON.stringify(row)}\n`);
  }
  return { rows: count, sha256: hash.digest('hex') };
}

/**
 * A value of either database in the one form of its column.
 * @throws Error for one that this form cannot hold: nothing is bent to fit.
 */
export function toMoved(value: unknown, type: string): MovedValue {
  if (value === null) return null;
  switch (type) {
    case 'timestamp with time zone':
      if (value instanceof Date) return value.toISOString();
      if (typeof value === 'string' || typeof value === 'number') {
        return new Date(value).toISOString();
      }
      break;
    case 'boolean':
      if (value === true || value === 1) return true;
      if (value === false || value === 0) return false;
      break;
    case 'bigint':
    case 'integer':
      if (Number.isSafeInteger(value)) return value as number; // It is one, by the line above.
      break;
    case 'text':
      // PostgreSQL has no texts with a NUL.
      if (typeof value === 'string' && !value.includes('\0')) return value;
      break;
  }
  throw new Error(`a ${typeof value} cannot be moved into a column of type ${type}`);
}
