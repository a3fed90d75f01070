import type { CompiledQuery, QueryResult } from 'kysely';

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
export interface Waiting {
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
 * Runs transactions, commits them at once, and tells them.
 * @returns false where one of them failed: then nothing is left of any, and none has been told.
 * @throws where the database cannot begin.
 */
export function runTogether(database: SerialDatabase, transactions: readonly Waiting[]): boolean {
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

/**
 * The same with each in a savepoint: one that fails is told, and taken back alone.
 * @returns how many have been told: where the database takes all of it back, the others have not run.
 */
export function runApart(database: SerialDatabase, transactions: readonly Waiting[]): number {
  const group = new Group(database);
  let count = 0;
  for (const transaction of transactions) {
    if (group.lost !== undefined) break;
    group.runApart(transaction);
    count++;
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
