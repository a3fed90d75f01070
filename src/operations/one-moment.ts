import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../config/start-error.ts';

/** A look takes microseconds: somebody would have to write in every one of these. */
const looksMax = 1_000;
/** How long a look waits for a lock, which in a write-ahead log is only one at the very end. */
const waitMs = 5_000;

/**
 * SQLite files as they all were at one moment, while others go on writing: each connection is in a
 * read transaction, and no file changed between the beginning of its own and of the last one's. So
 * the file that is written most comes last. Nobody is kept waiting by it. What is read stays as it is until `close`.
 * @throws {StartError} where the files never rest.
 */
export function atOneMoment(files: readonly string[]): {
  databases: DatabaseSync[];
  close: () => void;
} {
  const opened: DatabaseSync[] = [];
  const close = () => {
    for (const database of opened) database.close();
  };
  const open = (file: string) => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: waitMs });
    opened.push(database);
    return database;
  };
  try {
    const databases = files.map(open);
    // Connections of their own: inside its transaction a reader never sees a change.
    const watchers = files.slice(0, -1).map(open);
    // Another number means that another connection has committed in between:
    // https://www.sqlite.org/pragma.html#pragma_data_version
    const versions = () =>
      JSON.stringify(watchers.map((watcher) => watcher.prepare('pragma data_version').get()));
    for (let look = 0; look < looksMax; look++) {
      const before = versions();
      for (const database of databases) {
        database.exec('begin');
        // The transaction reads from here on.
        database.prepare('select 1 from sqlite_schema').get();
      }
      if (versions() === before) return { databases, close };
      for (const database of databases) database.exec('rollback');
    }
    throw new StartError('The stores changed without a rest. Run this again.');
  } catch (error) {
    close();
    throw error;
  }
}
