import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationId, routes } from '../../src/contract/routes.ts';
import { newUser } from '../support/users.ts';
import { type Run, recordStatements } from './door/statements.ts';
import { buildInProcess, type InProcess } from './in-process.ts';
import { attacksOn, callOf } from './matrix/attacks.ts';
import { exchange } from './matrix/exchange.ts';
import { plantVictim, withOwnTask } from './matrix/people.ts';

// The second wall where the database has none: SQLite has no row security, so the store that is
// bound to an owner has to be the only door to the tables.

const tables = ['tasks', 'owners', 'task_words'];
const doors = [
  'src/api/tasks/store.ts',
  'src/api/tasks/task-changes.ts',
  'src/api/tasks/search.ts',
  'src/api/tasks/search-sqlite.ts',
  'src/api/tasks/schema.ts',
];
/** What the store has its statements from: they are run where it asks for them. */
const ofTheStore = ['src/api/tasks/statements.ts', 'src/api/tasks/list-statements.ts'];
/** The same door, on the store that this test is not about. */
const onPostgres = 'src/api/tasks/search-postgres.ts';
/** What the operator moves whole tables with, as their owner: no request leads there. */
const ofTheOperator = ['src/operations/move.ts', 'src/operations/postgres-target.ts'];
/** What a statement passes on its way from whoever asks for it to the database. */
const passages = /^src\/(db\/.*|api\/as-owner\.ts)$/;

/** The module that asked for a statement: the nearest on the stack that is no passage. */
const doorOf = ({ modules }: Run): string | undefined =>
  modules.find((name) => !passages.test(name));

let server: InProcess;
let recorded: ReturnType<typeof recordStatements>;

beforeAll(async () => {
  recorded = recordStatements(tables);
  server = await buildInProcess('sqlite');
  await server.app.listen({ port: server.port, host: 'localhost' });
});
afterAll(async () => {
  recorded?.stop();
  await server?.close();
});

describe('every statement on a tasks table', () => {
  test('that the server runs is asked for by the store or the schema of tasks', async () => {
    const victim = await plantVictim(server.origin);
    const caller = await newUser(server.origin);
    await exchange(server.origin, { method: 'GET', path: '/readyz', headers: {}, body: undefined });
    for (const id of Object.keys(routes) as OperationId[]) {
      for (const user of [caller, victim]) {
        await exchange(server.origin, callOf(id, await withOwnTask(server.origin, user)));
      }
      for (const { sentBy } of attacksOn(id, caller.userId, victim)) {
        await exchange(server.origin, sentBy(await withOwnTask(server.origin, caller)));
      }
    }
    const strangers = recorded.runs.filter((run) => !doors.includes(doorOf(run) ?? ''));
    expect(strangers).toEqual([]);
    // Were little recorded, this would prove little.
    const kinds = new Set(recorded.runs.map(({ sql }) => sql.trim().split(' ', 1)[0]));
    expect([...kinds].toSorted()).toEqual([
      'alter',
      'create',
      'delete',
      'drop',
      'insert',
      'replace',
      'select',
      'update',
    ]);
    expect(new Set(recorded.runs.map(doorOf))).toEqual(new Set(doors));
  });

  test('is recorded, however it is spelt: a planted door is found', () => {
    const before = recorded.runs.length;
    const database = new DatabaseSync(path.join(server.dataDir, 'tasks.db'));
    for (const sql of [
      'select count(*) from tasks',
      'select 1 from"TASKS"t',
      'with every as (select * from [Owners]) select * from every',
      'delete from `tasks` where 1 = 0',
    ]) {
      database.prepare(sql).all();
    }
    database.exec('update tasks set title = title');
    database.close();
    const planted = recorded.runs.slice(before);
    expect(planted.map(doorOf)).toEqual(Array(5).fill('test/isolation/only-door.test.ts'));
  });
});

describe('no other module of the server', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const modules = globSync('src/**/*.ts', { cwd: root })
    .map((file) => file.split(path.sep).join('/'))
    .filter(
      (file) =>
        !file.endsWith('.test.ts') &&
        ![...doors, ...ofTheStore, onPostgres, ...ofTheOperator].includes(file),
    );

  test('names a tasks table where a statement would', () => {
    const naming = modules.filter((file) =>
      namesTable(readFileSync(path.join(root, file), 'utf8')),
    );
    expect(naming).toEqual([]);
    expect(modules.length).toBeGreaterThan(30);
  });
});

describe('the search for such names finds', () => {
  test.each([
    "db.selectFrom('tasks')",
    "db.deleteFrom(\n  'owners as o')",
    "db.with('own', (own) => own.selectFrom(['tasks']))",
    'sql`select * from tasks`',
    'sql`update "owners" set version = 1`',
    'sql`select id from task_words`',
    "query.innerJoin('tasks', 'a', 'b')",
    "sql.table('tasks')",
    "const name = 'tasks'; db.selectFrom(name)",
  ])('%s', (text) => {
    expect(namesTable(text)).toBe(true);
  });
});

/** Whether a table is named in SQL, or by itself in a string, as Kysely takes it. */
function namesTable(text: string): boolean {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');
  const inSql = /\b(from|into|update|join|table)\s+["`[]?(tasks|owners|task_words)\b/i;
  // PostgreSQL's schema has the name too, where it is opened, and so has the store in the metrics.
  const alone = /(?<!schema: |\| |statementsOf\()(['"`])(tasks|owners|task_words)( as \w+)?\1/;
  return inSql.test(code) || alone.test(code);
}
