import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepared } from './prepared.ts';
import { sqliteDialect } from './sqlite.ts';
import { type Scope, type Steps, step, transactSteps } from './steps.ts';

interface Notes {
  id: number;
  text: string;
}
interface Schema {
  notes: Notes;
}

let database: DatabaseSync;
let db: Kysely<Schema>;

beforeEach(async () => {
  database = new DatabaseSync(':memory:');
  database.exec('create table notes (id integer primary key, text text not null) strict');
  db = new Kysely<Schema>({ dialect: sqliteDialect(database) });
});
afterEach(() => db.destroy());

const put = prepared((own: Kysely<Schema>, note: { id: number; text: string }) =>
  own.insertInto('notes').values({ id: note.id, text: note.text }).returning('id'),
);
const ids = () =>
  database
    .prepare('select id from notes order by id')
    .all()
    .map(({ id }) => id);
const transact = <T>(steps: (scope: Scope<Schema>) => Steps<T>) => transactSteps(db, steps);
const outcomes = async (all: Promise<unknown>[]) =>
  (await Promise.allSettled(all)).map((one) =>
    one.status === 'fulfilled' ? one.value : (one.reason as Error).message,
  );

/** Puts some notes, each with the rows of the statement before it at hand. */
function* putAll(scope: Scope<Schema>, wanted: readonly number[]): Steps<number[]> {
  const made: number[] = [];
  for (const id of wanted) {
    const [row] = yield* put.step(scope, { id, text: `after ${made.length}` });
    if (row) made.push(row.id);
  }
  return made;
}

test('steps are one transaction, whose result comes when it is committed', async () => {
  expect(await transact((scope) => putAll(scope, [1, 2]))).toEqual([1, 2]);
  expect(ids()).toEqual([1, 2]);
  expect(database.isTransaction).toBe(false);
});

test('those that fail are taken back whole, and none of their neighbours', async () => {
  const all = [
    transact((scope) => putAll(scope, [1])),
    transact((scope) => putAll(scope, [2, 1])),
    transact(function* (scope): Steps<never> {
      yield* putAll(scope, [3]);
      throw new Error('changed my mind');
    }),
    transact((scope) => putAll(scope, [4])),
  ];
  expect(await outcomes(all)).toEqual([
    [1],
    'UNIQUE constraint failed: notes.id',
    'changed my mind',
    [4],
  ]);
  expect(ids()).toEqual([1, 4]);
});

test('where the database takes back the whole group, each of it fails with the cause', async () => {
  database.exec(`create trigger poison before insert on notes when new.id = 9
    begin select raise(rollback, 'poisoned'); end`);
  const all = [
    transact((scope) => putAll(scope, [1])),
    transact((scope) => putAll(scope, [9])),
    transact((scope) => putAll(scope, [2])),
  ];
  expect(await outcomes(all)).toEqual(['poisoned', 'poisoned', [2]]);
  expect(ids()).toEqual([2]);
});

test('what goes on after that changes nothing', async () => {
  database.exec(`create trigger poison before insert on notes when new.id = 9
    begin select raise(rollback, 'poisoned'); end`);
  const goesOn = transact(function* (scope): Steps<number[]> {
    try {
      yield* putAll(scope, [9]);
    } catch {
      // As if nothing had happened.
    }
    return yield* putAll(scope, [1]);
  });
  expect(await outcomes([goesOn])).toEqual(['poisoned']);
  expect(ids()).toEqual([]);
});

test('a transaction that cannot be taken back by itself is committed with nobody', async () => {
  const neighbour = transact((scope) => putAll(scope, [1]));
  const failing = transact(function* (scope): Steps<never> {
    yield* putAll(scope, [2]);
    // Its savepoint is gone, and with it the way back.
    yield* step(scope, sql`release member`.compile(scope.db));
    throw new Error('no way back');
  });
  expect(await outcomes([neighbour, failing])).toEqual([
    'no such savepoint: member',
    'no way back',
  ]);
  expect(ids()).toEqual([]);
  expect(await transact((scope) => putAll(scope, [3]))).toEqual([3]);
});

test('a statement that is yielded here would be lost, and fails', async () => {
  const statement = sql`select 1`.compile(db);
  const made = transact(function* (): Steps<void> {
    yield statement;
  });
  await expect(made).rejects.toThrow('A statement was not run at once.');
});
