import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationId, routes } from '../../src/contract/routes.ts';
import { request } from '../support/client.ts';
import { freshStore, type Store } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { type Key, keysOfFile, keysOfPostgres } from './door/keys.ts';
import { type Run, recordStatements } from './door/statements.ts';
import { recordPostgresStatements } from './door/statements-postgres.ts';
import { buildInProcess, type InProcess } from './in-process.ts';
import { attacksOn, callOf } from './matrix/attacks.ts';
import { exchange } from './matrix/exchange.ts';
import { plantVictim, withOwnTask } from './matrix/people.ts';

// What a database of many machines needs to keep each owner's rows on one of them: every statement
// names one owner, every key begins with the owner, and nothing is shared between owners.

type Statement = Pick<Run, 'sql' | 'values'>;

let store: Store;
let server: InProcess;
let recorded: { runs: Statement[]; stop: () => void };
/** What `recorded` had when the server was ready: its migrations. */
let migrations: number;
let users: string[];
let keys: Key[];
let owned: string[];
let sequences: string[] = [];

beforeAll(async () => {
  store = await freshStore();
  if (store === 'sqlite') {
    recorded = recordStatements(['tasks', 'owners', 'idempotency_keys', 'task_words']);
  } else recorded = recordPostgresStatements();
  server = await buildInProcess(store);
  await server.app.listen({ port: server.port, host: 'localhost' });
  migrations = recorded.runs.length;
  if (store === 'sqlite') ({ keys, owned } = keysOfFile(server.dataDir));
  else ({ keys, owned, sequences } = await keysOfPostgres(store.databaseUrl));

  const victim = await plantVictim(server.origin);
  const caller = await newUser(server.origin);
  users = [victim.userId, caller.userId];
  for (const id of Object.keys(routes) as OperationId[]) {
    for (const user of [caller, victim]) {
      await exchange(server.origin, callOf(id, await withOwnTask(server.origin, user)));
    }
    for (const { sentBy } of attacksOn(id, caller.userId, victim)) {
      await exchange(server.origin, sentBy(await withOwnTask(server.origin, caller)));
    }
  }
  await searchBeyondTheFirst(caller.token);
}, 300_000);
afterAll(async () => {
  recorded?.stop();
  await server?.close();
});

/** More tasks than search looks at by themselves: then it asks its index. */
async function searchBeyondTheFirst(token: string): Promise<void> {
  const path = '/api/users/me/tasks';
  for (let made = 0; made <= 300; made += 50) {
    const body = { title: 'one of many' };
    await Promise.all(
      Array.from({ length: 50 }, () => request(server.origin, path, { token, body })),
    );
  }
  await request(server.origin, `${path}?q=not%20there`, { token });
}

/** What is said of no table: where a transaction begins and ends, and whose it is. */
const about =
  /^(begin|start transaction|commit|rollback|savepoint \w+|release \w+|select set_config\()/;

/** On SQLite alone: the numbers are those that a change of the owner's tasks returned. */
const ofFullTextIndex =
  /^(replace into task_words \(rowid, words\) values|delete from task_words where rowid = )/;
/** The number of a new task is the next one, whoever has the last: all that is asked of others. */
const lastNumber = 'select max("number") as "last" from "tasks" where "number" is not null';

const statements = (): Statement[] =>
  recorded.runs
    .slice(migrations)
    .map(({ sql, values }) => ({ sql: sql.trim(), values }))
    .filter(({ sql }) => !about.test(sql) && !ofFullTextIndex.test(sql) && sql !== lastNumber);

/** The values that a statement compares `user_id` with, or inserts as one. */
function ownersIn({ sql, values }: Statement): unknown[] {
  const places = [...sql.matchAll(/\$(\d+)|\?/g)];
  const valueAt = (index: number): unknown => {
    const place = places.findIndex((match) => match.index === index);
    const number = places[place]?.[1];
    return values[number === undefined ? place : Number(number) - 1];
  };
  const named = /user_id"? = (?=[$?])|\("?user_id"?,[^)]*\)\s*(?:values \(|select )(?=[$?])/g;
  return [...sql.matchAll(named)].map((match) => valueAt(match.index + match[0].length));
}

/** How often a statement goes to a table whose rows have owners. */
const visits = ({ sql }: Statement): number =>
  [...sql.matchAll(/\b(?:from|into|update|join) "?(\w+)"?/g)].filter(([, table = '']) =>
    owned.includes(table),
  ).length;

describe('every statement that the API sends', () => {
  test('names one owner, who is the caller, wherever it goes', () => {
    const strangers = statements().filter((statement) => {
      const owners = ownersIn(statement);
      const isOne = new Set(owners).size === 1 && users.includes(String(owners[0]));
      return !isOne || owners.length < visits(statement);
    });
    expect(strangers.map(({ sql }) => sql)).toEqual([]);
    // Were little recorded, this would prove little.
    const kinds = new Set(statements().map(({ sql }) => sql.trim().split(/\s/, 1)[0]));
    expect([...kinds]).toEqual(expect.arrayContaining(['delete', 'insert', 'select', 'update']));
    expect(owned).toEqual(expect.arrayContaining(['tasks', 'owners', 'idempotency_keys']));
    const ofTheIndex = /select (numbered\.is_completed, numbered\.)?id from task_words/;
    expect(statements().filter(({ sql }) => ofTheIndex.test(sql))).not.toEqual([]);
  });

  test('takes no lock that owners share, and no number of a sequence', () => {
    const shared = /advisory|nextval|lock table|last_insert_rowid/i;
    expect(statements().filter(({ sql }) => shared.test(sql))).toEqual([]);
    expect(sequences).toEqual([]);
  });

  test.each([
    ['select * from "tasks" where "id" = $1', ['x']],
    ['select * from "tasks" where "user_id" = $1', ['somebody else']],
    ['update tasks set title = $1', ['x']],
    ['select * from tasks join owners on true where tasks.user_id = $1', undefined],
    ['insert into "tasks" ("id", "user_id") values ($1, $2)', ['x', 'y']],
  ])('is looked at: %s is found', (sql, values = [users[0] ?? '']) => {
    const owners = ownersIn({ sql, values });
    const passes =
      new Set(owners).size === 1 &&
      users.includes(String(owners[0])) &&
      owners.length >= visits({ sql, values });
    expect(passes).toBe(false);
  });
});

/** Keys without an owner, each with the reason. */
const exceptions: Record<string, string> = {
  'kysely_migration primary key': 'Kysely keeps which migrations were made.',
  'kysely_migration_lock primary key': 'The same.',
  sqlite_autoindex_kysely_migration_1: 'The same.',
  sqlite_autoindex_kysely_migration_lock_1: 'The same.',
  'tasks.kysely_migration_pkey': 'The same.',
  'tasks.kysely_migration_lock_pkey': 'The same.',
  tasks_number: 'FTS5 knows rows by numbers; a SQLite file is on one machine.',
};
const ofFullText = /^(sqlite_autoindex_)?task_words_/;

test('every key, index and reference of the tasks begins with the owner', () => {
  const others = keys.filter(({ columns }) => columns[0] !== 'user_id').map(({ name }) => name);
  expect(others.filter((name) => !(name in exceptions) && !ofFullText.test(name))).toEqual([]);
  expect(keys.length - others.length).toBeGreaterThanOrEqual(6);
});
