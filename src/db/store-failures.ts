import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import type pg from 'pg';
import { isStoreUnavailable } from './store-unavailable.ts';

const failures = new AsyncLocalStorage<{ failure?: Error }>();

/**
 * Runs `work`, and tells why a store was unavailable to it, if one was, whatever it made of that: a
 * library may turn the error into an answer of its own, and by then the store may be back.
 */
export async function watchStores<T>(
  work: () => Promise<T>,
): Promise<{ result: T; failure: Error | undefined }> {
  const seen: { failure?: Error } = {};
  const result = await failures.run(seen, work);
  return { result, failure: seen.failure };
}

/**
 * Lets `watchStores` see what fails in a pool. A connection on which a statement got no answer in
 * time is closed: whoever had it next would wait behind that statement.
 */
export function watchPool(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as (...values: unknown[]) => unknown;
  pool.connect = ((...values: unknown[]) => noting(connect(...values))) as typeof pool.connect;
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...values: unknown[]) => unknown;
    client.query = ((...values: unknown[]) =>
      noting(query(...values), (error) => {
        if (error.message === 'Query read timeout') void client.end();
      })) as typeof client.query;
  });
}

/** The same for the statements that a SQLite file runs from now on. */
export function watchSqlite(database: DatabaseSync): void {
  const prepare = database.prepare.bind(database);
  database.prepare = (sql, ...options) => {
    const statement = noted(() => prepare(sql, ...options));
    for (const name of ['all', 'get', 'run'] as const) {
      const method = statement[name].bind(statement) as (...values: unknown[]) => never;
      statement[name] = (...values: unknown[]) => noted(() => method(...values));
    }
    return statement;
  };
  const exec = database.exec.bind(database);
  database.exec = (sql) => noted(() => exec(sql));
}

function noted<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const seen = failures.getStore();
    if (seen && error instanceof Error && isStoreUnavailable(error)) seen.failure = error;
    throw error;
  }
}

/** Those who wait by a callback are not watched: `pool.query` alone does, inside itself. */
function noting(outcome: unknown, onError: (error: Error) => void = () => undefined): unknown {
  if (!(outcome instanceof Promise)) return outcome;
  const seen = failures.getStore();
  outcome.catch((error: Error) => {
    if (seen && isStoreUnavailable(error)) seen.failure = error;
    onError(error);
  });
  return outcome;
}
