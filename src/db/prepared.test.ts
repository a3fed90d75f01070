import { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepared, preparedForms } from './prepared.ts';
import { sqliteDialect } from './sqlite.ts';
import { type Steps, transactSteps } from './steps.ts';

interface Schema {
  notes: { id: number; text: string | null };
}

let db: Kysely<Schema>;
let built: number;

beforeEach(async () => {
  built = 0;
  db = await open();
});
afterEach(() => db.destroy());

async function open(): Promise<Kysely<Schema>> {
  const opened = new Kysely<Schema>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
  await sql`create table notes (id integer primary key, text text) strict`.execute(opened);
  return opened;
}

const put = prepared((own: Kysely<Schema>, note: { id: number; text: string | null }) => {
  built++;
  return own.insertInto('notes').values({ id: note.id, text: note.text }).returningAll();
});
const find = prepared((own: Kysely<Schema>, { text, least }: { text: string; least: number }) =>
  own
    .selectFrom('notes')
    .select('id')
    .where('id', '>=', least)
    // A value that is used twice, and one that is no placeholder.
    .where((eb) => eb.or([eb('text', '=', text), eb('text', '=', sql<string>`${text} || ${'!'}`)]))
    .orderBy('id'),
);

test('a statement is built once, and run with the values of each time', async () => {
  expect(await put(db, { id: 1, text: 'a' })).toEqual([{ id: 1, text: 'a' }]);
  expect(await put(db, { text: null, id: 2 })).toEqual([{ id: 2, text: null }]);
  expect(await put(db, { id: 3, text: 'a!' })).toEqual([{ id: 3, text: 'a!' }]);
  expect(built).toBe(1);
  expect(await find(db, { text: 'a', least: 0 })).toEqual([{ id: 1 }, { id: 3 }]);
  expect(await find(db, { text: 'a', least: 2 })).toEqual([{ id: 3 }]);
  expect(await find(db, { text: "' or 1 = 1 --", least: 0 })).toEqual([]);
});

test('each database has its own', async () => {
  const other = await open();
  await put(db, { id: 1, text: 'here' });
  await put(other, { id: 1, text: 'there' });
  expect(await find(db, { text: 'there', least: 0 })).toEqual([]);
  expect(await find(other, { text: 'there', least: 0 })).toEqual([{ id: 1 }]);
  await other.destroy();
});

test('as a step of a transaction it is a part of it', async () => {
  const failing = transactSteps(db, function* (scope): Steps<never> {
    yield* put.step(scope, { id: 1, text: 'a' });
    expect(yield* find.step(scope, { text: 'a', least: 0 })).toEqual([{ id: 1 }]);
    throw new Error('taken back');
  });
  await expect(failing).rejects.toThrow('taken back');
  expect(await find(db, { text: 'a', least: 0 })).toEqual([]);
});

test('each form of a statement is another statement', async () => {
  const list = preparedForms(
    (own: Kysely<Schema>, { least }: { least: number }, { isDown }: { isDown: boolean }) =>
      own
        .selectFrom('notes')
        .select('id')
        .where('id', '>=', least)
        .orderBy('id', isDown ? 'desc' : 'asc'),
  );
  for (const id of [1, 2, 3]) await put(db, { id, text: null });
  const ids = async (least: number, isDown: boolean) =>
    (await list({ isDown })(db, { least })).map(({ id }) => id);
  expect([await ids(1, true), await ids(2, false), await ids(2, true)]).toEqual([
    [3, 2, 1],
    [2, 3],
    [3, 2],
  ]);
});
