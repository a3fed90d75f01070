import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Person } from '../people.ts';

const schema = path.join(import.meta.dirname, '..', 'peers', 'schema.sql');

/** A SQLite file for a peer: a table with the columns of Ownlist's, with a page of tasks of each person. */
export function plainStore(folder: string, everybody: readonly Person[]): string {
  const file = path.join(folder, 'tasks.db');
  const database = new DatabaseSync(file);
  database.exec('pragma journal_mode = wal');
  database.exec(readFileSync(schema, 'utf8'));
  const insert = database.prepare(
    `insert into tasks (user_id, id, title, description, created_at, updated_at, version)
     values (?, ?, ?, '', ?, ?, ?)`,
  );
  database.exec('begin');
  for (const { userId, tasks } of everybody) {
    for (const [n, { id, title }] of tasks.entries()) {
      insert.run(userId, id, title, Date.now(), Date.now(), n + 1);
    }
  }
  database.exec('commit');
  database.close();
  return file;
}
