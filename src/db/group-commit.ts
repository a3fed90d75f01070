import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';

/** The most transactions of one commit: what comes after them lets the event loop have its turn. */
const groupMax = 100;

/** The most turns of the event loop that a group waits for more; each may be long. */
const turnsMax = 4;

/** How many groups run apart behind one in which a transaction failed: where one does, more may. */
const groupsApart = 100;

/** A database that runs each statement at once, and one transaction at a time. */
export interface SerialDatabase {
  execute(sql: string, parameters?: readonly unknown[]): QueryResult<unknown>;
  readonly isTransaction: boolean;
  /** Another number than before whenever something may have been committed since, by whomever. */
  moment(): number;
  /**
   * Called between two groups: as long as what it returns is pending no other begins, and reads
   * go on.
   */
  rest(): Promise<void> | undefined;
  close(): Promise<void>;
}

export type Statement = Pick<CompiledQuery, 'sql' | 'parameters'>;

/** What a transaction runs its statements with, as long as it lasts. */
export interface Connection {
  /** The same for all transactions that are committed together: nobody else commits meanwhile. */
  readonly group: object;
  execute(statement: Statement): QueryResult<unknown>;
  /**
   * Leaves a statement for the end of the group: behind all of its transactions, and behind those
   * left for a smaller `place`; of one place, in the order they came.
   */
  atTheEnd(place: number, run: Later['run']): void;
}

/** Something of a transaction that runs behind all of its group. */
interface Later {
  place: number;
  run: (connection: Pick<Connection, 'execute'>) => void;
}

/** A transaction that waits for its turn. */
interface Waiting {
  work: (connection: Connection) => unknown;
  resolve: (result: unknown) => void;
  reject: (cause: unknown) => void;
}

/** One that has run, to be committed with its group. */
interface Done {
  transaction: Waiting;
  result: unknown;
  later: readonly Later[];
}

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

/** @returns false where one of them failed: then nothing is left of any, and none has been told. */
function runTogether(database: SerialDatabase, transactions: readonly Waiting[]): boolean {
  const group = new Group(database);
  try {
    for (const transaction of transactions) group.run(transaction);
  } catch {
    group.takeBack();
    return false;
  }
  group.end();
  return true;
}

/** One that fails is told, and taken back alone. @returns how many have been told. */
function runApart(database: SerialDatabase, transactions: readonly Waiting[]): number {
  const group = new Group(database);
  let count = 0;
  while (count < transactions.length && group.lost === undefined) {
    const transaction = transactions[count++];
    if (transaction) group.runApart(transaction);
  }
  group.end();
  return count;
}

/** Transactions that are committed together, from the beginning on. */
class Group {
  readonly #database: SerialDatabase;
  /** Those that are to be committed. */
  readonly #done: Done[] = [];
  /** Why all of it was taken back: then no statement is a part of it any more. */
  lost: { cause: unknown } | undefined;

  constructor(database: SerialDatabase) {
    database.execute('begin immediate');
    this.#database = database;
  }

  /** Where it throws, what it has changed is still a part of the group. */
  run(transaction: Waiting): void {
    this.#done.push(this.#carryOut(transaction));
  }

  /** Where it throws, it is taken back, and told. */
  runApart(transaction: Waiting): void {
    try {
      this.execute(begin);
    } catch (error) {
      transaction.reject(error);
      return;
    }
    try {
      const done = this.#carryOut(transaction);
      this.execute(release);
      this.#done.push(done);
    } catch (error) {
      transaction.reject(error);
      this.#takeBackLast();
    }
  }

  #carryOut(transaction: Waiting): Done {
    const connection = new OpenConnection(this);
    try {
      const result = transaction.work(connection);
      if (this.lost !== undefined) throw this.lost.cause;
      return { transaction, result, later: connection.later };
    } finally {
      connection.close();
    }
  }

  #takeBackLast(): void {
    if (this.lost !== undefined) return;
    try {
      this.execute(takeBack);
      this.execute(release);
    } catch (cause) {
      // What is still in it must not be committed with the others.
      this.lost ??= { cause };
    }
  }

  /** Commits it, and tells each of its transactions. */
  end(): void {
    try {
      const later = this.#done.flatMap((done) => done.later);
      for (const { run } of later.sort((a, b) => a.place - b.place)) run(this);
      this.execute(commit);
      for (const { transaction, result } of this.#done) transaction.resolve(result);
    } catch (cause) {
      for (const { transaction } of this.#done) transaction.reject(cause);
      this.takeBack();
    }
  }

  takeBack(): void {
    if (this.#database.isTransaction) this.#database.execute('rollback');
  }

  /** @throws the cause where the group is lost, without running anything. */
  execute({ sql, parameters }: Statement): QueryResult<unknown> {
    if (this.lost !== undefined) throw this.lost.cause;
    try {
      return this.#database.execute(sql, parameters);
    } catch (cause) {
      // Some errors take the whole transaction back: https://www.sqlite.org/lang_transaction.html
      if (!this.#database.isTransaction) this.lost = { cause };
      throw cause;
    }
  }
}

/** That of one transaction of a group. */
class OpenConnection implements Connection {
  readonly group: Group;
  readonly later: Later[] = [];
  #isOpen = true;

  constructor(group: Group) {
    this.group = group;
  }

  execute(statement: Statement): QueryResult<unknown> {
    this.#requireOpen();
    return this.group.execute(statement);
  }

  atTheEnd(place: number, run: Later['run']): void {
    this.#requireOpen();
    this.later.push({ place, run });
  }

  close(): void {
    this.#isOpen = false;
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new Error('The transaction has ended.');
  }
}

const statement = (sql: string): Statement => ({ sql, parameters: [] });
const begin = statement('savepoint member');
const release = statement('release member');
const takeBack = statement('rollback to member');
const commit = statement('commit');

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));
