import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type pg from 'pg';

export const statementKinds = [
  'select',
  'insert',
  'update',
  'delete',
  'begin',
  'commit',
  'rollback',
  'other',
] as const;
export type StatementKind = (typeof statementKinds)[number];

export type ObserveStatement = (kind: StatementKind, milliseconds: number) => void;

/** Times the statements that a database runs from now on; those it prepared before are not seen. */
export function timeSqlite(database: DatabaseSync, observe: ObserveStatement): void {
  const prepare = database.prepare.bind(database);
  const exec = database.exec.bind(database);
  database.prepare = (sql, ...options) => {
    const kind = kindOf(sql);
    return timeStatement(prepare(sql, ...options), (work) => timed(kind, observe, work));
  };
  database.exec = (sql) => timed(kindOf(sql), observe, () => exec(sql));
}

function timeStatement(statement: StatementSync, time: <T>(work: () => T) => T): StatementSync {
  for (const name of ['all', 'get', 'run'] as const) {
    const method = statement[name].bind(statement) as (...values: unknown[]) => never;
    statement[name] = (...values: unknown[]) => time(() => method(...values));
  }
  return statement;
}

/** The same for every connection that a pool makes from now on. */
export function timePool(pool: pg.Pool, observe: ObserveStatement): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...values: unknown[]) => unknown;
    client.query = ((...values: unknown[]) => {
      const startedAt = performance.now();
      const kind = kindOf(textOf(values[0]));
      const done = () => observe(kind, performance.now() - startedAt);
      const callback = values.at(-1);
      if (typeof callback === 'function') {
        // `pool.query` waits by a callback.
        return query(...values.slice(0, -1), (...outcome: unknown[]) => {
          done();
          callback(...outcome);
        });
      }
      const answer = query(...values);
      if (answer instanceof Promise) answer.then(done, done);
      return answer;
    }) as typeof client.query;
  });
}

/** A statement that fails took its time, too. */
function timed<T>(kind: StatementKind, observe: ObserveStatement, work: () => T): T {
  const startedAt = performance.now();
  try {
    return work();
  } finally {
    observe(kind, performance.now() - startedAt);
  }
}

function kindOf(sql: string): StatementKind {
  const word = /^\s*([a-z]+)/i.exec(sql)?.[1]?.toLowerCase();
  if (word === 'start') return 'begin';
  return statementKinds.find((kind) => kind === word) ?? 'other';
}

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  if (typeof query === 'object' && query !== null && 'text' in query) return String(query.text);
  return '';
}
