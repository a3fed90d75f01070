import type { DialectAdapter, Kysely } from 'kysely';
import { ImmediateAdapter } from './sqlite.ts';

type Database = Pick<Kysely<unknown>, 'getExecutor'>;

const valuesMax = 10_000;

/**
 * A memory of what was read from a database, for as long as nothing may have been committed since,
 * by this process or another. `undefined` on a database that does not say. What is read has to be put
 * into the memory that was there before.
 */
export function untilCommit<Key, Value>(): (db: Database) => Map<Key, Value> | undefined {
  const memories = new WeakMap<DialectAdapter, { moment: number; values: Map<Key, Value> }>();
  return (db) => {
    const { adapter } = db.getExecutor();
    if (!(adapter instanceof ImmediateAdapter)) return undefined;
    const moment = adapter.moment();
    let memory = memories.get(adapter);
    if (memory?.moment !== moment || memory.values.size >= valuesMax) {
      memory = { moment, values: new Map() };
      memories.set(adapter, memory);
    }
    return memory.values;
  };
}
