import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import {
  type Connection,
  runApart,
  runTogether,
  type SerialDatabase,
  type Waiting,
} from './transaction-group.ts';

/** The most transactions of one commit: what comes after them lets the event loop have its turn. */
const groupMax = 100;

/** The most turns of the event loop that a group waits for more; each may be long. */
const turnsMax = 4;

/** How many groups run apart behind one in which a transaction failed: where one does, more may. */
const groupsApart = 100;

/**
 * Commits the transactions that come together, within one turn of the event loop or turn after
 * turn, so that they wait for the disk once. They run one after another. Where one fails, all of them
 * are taken back and run again, each in a savepoint, so that it is taken back alone: SQLite copies
 * what is changed in a savepoint, which all of them would pay for (5 % of the time of 64 who write
 * without a pause). A transaction is resolved when the group is committed, and never before; where
 * that fails, or the database takes all of it back (a full disk), each of them fails with the cause.
 * What a transaction leaves for the end of the group runs behind all of them, where no savepoint is.
 *
 * A group begins and ends within one turn of the event loop, so a statement outside of it sees what
 * is committed and nothing else. That is why Kysely's own transactions, which go on from turn to
 * turn, are not to be had here: see `transactSteps`.
 */
export class GroupCommitDriver implements Driver {
  readonly #database: SerialDatabase;
  readonly #waiting: Waiting[] = [];
  #isScheduled = false;
  #resting: Promise<void> | undefined;
  /** How many of the next groups run apart at once. */
  #apart = 0;

  constructor(database: SerialDatabase) {
    this.#database = database;
  }

  async init(): Promise<void> {
    // The database is open.
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const execute = ({ sql, parameters }: CompiledQuery) => this.execute(sql, parameters);
    return {
      // The rows are those of the caller's query, by its type.
      executeQuery: async <R>(query: CompiledQuery) => execute(query) as QueryResult<R>,
      async *streamQuery<R>(query: CompiledQuery) {
        yield execute(query) as QueryResult<R>;
      },
    };
  }

  async releaseConnection(): Promise<void> {
    // There is one database, and it stays open.
  }

  async beginTransaction(): Promise<never> {
    throw new Error('A transaction of this database is made of steps: see `transactSteps`.');
  }

  async commitTransaction(): Promise<void> {
    // None has begun.
  }

  async rollbackTransaction(): Promise<void> {
    // None has begun.
  }

  async destroy(): Promise<void> {
    while (this.#waiting.length > 0 || this.#resting !== undefined) {
      await (this.#resting ?? nextTurn());
    }
    await this.#database.close();
  }

  /** Runs a statement outside of a transaction. */
  execute(sql: string, parameters: readonly unknown[]): QueryResult<unknown> {
    return this.#database.execute(sql, parameters);
  }

  /** See `SerialDatabase`. */
  moment(): number {
    return this.#database.moment();
  }

  /**
   * Makes a transaction of `work`, which is done when it returns. Resolved means committed; where it
   * throws, it is taken back. It may be called again where another one of its group has thrown, so it
   * has no effects but by the connection.
   */
  transact<T>(work: (connection: Connection) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as Waiting['resolve'], reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#resting || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    this.#beginOnceAllAreHere();
  }

  /** After a turn of the event loop in which no other came: who waits for one answer sends at once. */
  #beginOnceAllAreHere(turns = 1): void {
    const before = this.#waiting.length;
    setImmediate(() => {
      const count = this.#waiting.length;
      if (count === before || count >= groupMax || turns === turnsMax) this.#runGroup();
      else this.#beginOnceAllAreHere(turns + 1);
    });
  }

  #runGroup(): void {
    this.#isScheduled = false;
    try {
      this.#waiting.splice(0, this.#commit(this.#waiting.slice(0, groupMax)));
    } catch (error) {
      // Each of them alone would wait for the lock, and block everything else, as long again.
      for (const { reject } of this.#waiting.splice(0)) reject(error);
      return;
    }
    this.#resting = this.#database.rest()?.finally(() => {
      this.#resting = undefined;
      this.#schedule();
    });
    this.#schedule();
  }

  /**
   * Runs those transactions, commits them, and tells them.
   * @returns how many of them: where the database takes all of it back, the others have not run.
   * @throws where it cannot begin.
   */
  #commit(transactions: readonly Waiting[]): number {
    if (this.#apart > 0) this.#apart--;
    else if (runTogether(this.#database, transactions)) return transactions.length;
    else this.#apart = groupsApart;
    return runApart(this.#database, transactions);
  }
}

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));
