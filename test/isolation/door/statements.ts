import { constants, DatabaseSync, type StatementSync } from 'node:sqlite';

/** A statement on the tables, as it was run: who asked for it, by the modules on the stack. */
export interface Run {
  sql: string;
  values: unknown[];
  modules: string[];
}

const source = /(?:file:\/\/)?\/[^\s()]*?\/((?:src|test)\/[^\s():?]+)/g;

/**
 * Records every statement that any connection of this process runs on one of `tables`, until the
 * returned function is called. Which tables a statement touches is SQLite's own word, by its
 * authorizer (https://www.sqlite.org/c3ref/set_authorizer.html), so no spelling hides one.
 */
export function recordStatements(tables: readonly string[]) {
  const runs: Run[] = [];
  const { prepare, exec } = DatabaseSync.prototype;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const record = (sql: string, values: unknown[] = []) => {
    const stack = new Error('who asks').stack ?? '';
    const modules = [...stack.matchAll(source)].map(([, name = '']) => name);
    runs.push({
      sql,
      values,
      modules: modules.filter((name) => name !== 'test/isolation/door/statements.ts'),
    });
  };
  DatabaseSync.prototype.prepare = function (sql, ...options) {
    const { result, touches } = watched(this, tables, () => prepare.call(this, sql, ...options));
    return touches ? reporting(result, (values) => record(sql, values)) : result;
  };
  DatabaseSync.prototype.exec = function (sql) {
    const { touches } = watched(this, tables, () => exec.call(this, sql));
    if (touches) record(sql);
  };
  const stop = () => {
    Object.assign(DatabaseSync.prototype, { prepare, exec });
    Error.stackTraceLimit = stackTraceLimit;
  };
  return { runs, stop };
}

function watched<T>(database: DatabaseSync, tables: readonly string[], work: () => T) {
  let touches = false;
  database.setAuthorizer((_action, first, second) => {
    for (const name of [first, second]) {
      if (tables.includes(name?.toLowerCase() ?? '')) touches = true;
    }
    return constants.SQLITE_OK;
  });
  const result = work();
  database.setAuthorizer(null);
  return { result, touches };
}

/** Statements are prepared once and run often: each run counts. */
function reporting(statement: StatementSync, report: (values: unknown[]) => void): StatementSync {
  for (const method of ['all', 'get', 'run', 'iterate'] as const) {
    const run = statement[method].bind(statement) as (...values: unknown[]) => unknown;
    Object.assign(statement, {
      [method]: (...values: unknown[]) => {
        report(values);
        return run(...values);
      },
    });
  }
  return statement;
}
