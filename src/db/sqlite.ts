import { chmodSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type SqliteDatabase, SqliteDialect } from 'kysely';

/** How long a statement waits for another process's lock before it fails. */
const busyTimeoutMs = 5_000;
/** More than the statements this program has; a bound against SQL that is made at run time. */
const preparedStatementsMax = 200;

/**
 * Opens (or creates, readable by its owner alone) a SQLite file that keeps every acknowledged
 * write: with a write-ahead log and `synchronous=FULL` a commit is on the disk before it returns
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
export function openSqlite(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  chmodSync(file, 0o600);
  database.exec(`pragma busy_timeout = ${busyTimeoutMs}`);
  database.exec('pragma journal_mode = wal');
  database.exec('pragma synchronous = full');
  database.exec('pragma trusted_schema = off');
  return database;
}

/** Kysely's SQLite dialect on `node:sqlite`, with statements prepared once and kept. */
export function sqliteDialect(database: DatabaseSync): SqliteDialect {
  return new SqliteDialect({ database: withKeptStatements(database) });
}

function withKeptStatements(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  return {
    close: () => database.close(),
    prepare(sql) {
      let statement = kept.get(sql);
      if (statement === undefined) {
        statement = adapt(database.prepare(sql));
        if (kept.size >= preparedStatementsMax) kept.clear();
        kept.set(sql, statement);
      }
      return statement;
    },
  };
}

function adapt(statement: StatementSync): ReturnType<SqliteDatabase['prepare']> {
  // Kysely passes what its compiler bound, and our tables hold only text and integers.
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
