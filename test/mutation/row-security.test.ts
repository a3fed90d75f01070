import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type Transaction,
  type TransactionSettings,
} from 'kysely';
import type { Migration } from 'kysely/migration';
import { beforeEach, describe, expect, test } from 'vitest';
import { ownerRead, ownerSteps } from '../../src/api/as-owner.ts';
import type { UserId } from '../../src/api/principal.ts';
import { type TasksSchema, tasksMigrations } from '../../src/api/tasks/schema.ts';
import { searchIndexOf } from '../../src/api/tasks/search-index.ts';
import { tasksOf } from '../../src/api/tasks/store.ts';
import { runSteps, type Scope, type Steps, step } from '../../src/db/steps.ts';

// What is said to PostgreSQL, for `npm run mutate`, which has none: that it binds every row to its
// owner is proven on a real one, in test/isolation.

const ann = 'ann' as UserId;
let said: [sql: string, ...parameters: unknown[]][];
/** What the next statements of the work fail with. */
let failures: Error[];
let db: Kysely<TasksSchema>;

/** A connection that takes down what it is told, and finds no rows. */
class Recorder extends DummyDriver {
  override async acquireConnection() {
    const connection = await super.acquireConnection();
    return Object.assign(connection, {
      executeQuery: async ({ sql, parameters }: CompiledQuery) => {
        said.push([sql.replaceAll(/\s+/g, ' ').trim(), ...parameters]);
        const failure = sql.startsWith('select set_config') ? undefined : failures.shift();
        if (failure) throw failure;
        return { rows: [] };
      },
    });
  }
  override async beginTransaction(...given: unknown[]) {
    const { accessMode } = given[1] as TransactionSettings;
    said.push(accessMode === undefined ? ['begin'] : ['begin', accessMode]);
  }
  override async rollbackTransaction() {
    // Nothing was done that could be taken back.
  }
  override async commitTransaction() {
    said.push(['commit']);
  }
}

beforeEach(() => {
  [said, failures] = [[], []];
  db = new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new Recorder(),
      createIntrospector: (own) => new PostgresIntrospector(own),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
});

describe('a transaction of an owner', () => {
  const ids = () => db.selectFrom('tasks').select('id');
  type Run = (owner: UserId) => Promise<unknown>;
  const reads: Run = (owner) => ownerRead(db, owner, (own) => own.executeQuery(ids().compile()));
  const changes: Run = (owner) => ownerSteps(db, owner, (scope) => step(scope, ids().compile()));
  const inTheirName = (...settings: string[]) => [
    ['begin', ...settings],
    ['select set_config($1, $2, true)', 'ownlist.owner', 'ann'],
    ['select "id" from "tasks"'],
    ['commit'],
  ];

  test.each([
    ['changes', changes, []],
    ['reads, and can do nothing else,', reads, ['read only']],
  ])('that %s has its owner set before anything else', async (_, run, settings) => {
    await run(ann);
    expect(said).toEqual(inTheirName(...settings));
  });

  const lost = Object.assign(new Error('terminating connection'), { code: '57P01' });
  const silent = new Error('Query read timeout');
  const slow = Object.assign(new Error('canceling statement due to statement timeout'), {
    code: '57014',
  });

  test.each([
    ['is lost', lost],
    ['has fallen silent', silent],
  ])(
    'that reads is made once more when its connection %s, as the same owner',
    async (_, failure) => {
      failures = [failure];
      await reads(ann);
      const [, owner, statement] = inTheirName();
      expect(said.filter(([sql]) => sql !== 'begin' && sql !== 'commit')).toEqual([
        owner,
        statement,
        owner,
        statement,
      ]);
    },
  );

  test.each([
    ['reads is not made a third time', reads, [lost, lost], lost],
    ['reads is not made again when the database ended it', reads, [slow], slow],
    ['changes is not made again', changes, [lost], lost],
  ])('that %s', async (_, run, failing, told) => {
    failures = [...failing];
    await expect(run(ann)).rejects.toBe(told);
    expect(said.filter(([sql]) => sql === 'begin')).toHaveLength(failing.length);
  });

  test('has no version remembered, which others may change', async () => {
    await tasksOf(db, ann).version();
    await tasksOf(db, ann).version();
    expect(said.filter(([sql]) => sql.startsWith('select "version"'))).toHaveLength(2);
  });
});

describe('search', () => {
  const index = () => searchIndexOf(db);
  const task = { owner: 'ann', id: '1', words: ['milk', 'rye'] };
  const trx = () => db as Transaction<TasksSchema>;
  const run = (steps: (scope: Scope<TasksSchema>) => Steps<unknown>) => runSteps(trx(), steps);

  test('puts, forgets and erases words of the owner alone', async () => {
    await run((scope) => index().put(scope, task));
    await run((scope) => index().remove(scope, { owner: 'ann', id: '1' }));
    await run((scope) => index().forgetAll(scope, 'ann'));
    expect(said).toEqual([
      [
        'with gone as ( delete from task_words where user_id = $1 and id = $2 and word <> all ($3::text[]) ) insert into task_words (user_id, id, word) select $4, $5, unnest($6::text[]) on conflict do nothing',
        ...['ann', '1', task.words],
        ...['ann', '1', task.words],
      ],
      ['delete from task_words where user_id = $1 and id = $2', 'ann', '1'],
      ['delete from task_words where user_id = $1', 'ann'],
    ]);
  });

  test('adds the words of several tasks in one statement, each with its owner', async () => {
    await index().add(db, [task, { owner: 'bob', id: '2', words: ['oil'] }]);
    expect(said).toEqual([
      [
        'insert into task_words (user_id, id, word) select * from unnest($1::text[], $2::text[], $3::text[])',
        ['ann', 'ann', 'bob'],
        ['1', '1', '2'],
        ['milk', 'rye', 'oil'],
      ],
    ]);
  });

  test('looks every word up among those of the owner', async () => {
    const words = ['mil', 'ry'] as const;
    const list = { status: 'all', sort: 'newest', isFirst: true } as const;
    await index().find(db, { owner: ann, after: '', count: 5, words }, list);
    const one = 'select id from task_words where user_id = $ and word >= $ and word < $';
    const [[sql, ...parameters] = ['']] = said;
    expect(sql.replaceAll(/\$\d/g, '$')).toBe(
      `select "id", "title", "description", "completed_at", "created_at", "updated_at", "version" from "tasks" where "user_id" = $ and id = any (array( ${one} intersect ${one})) order by "id" desc limit $`,
    );
    const range = (word: string) => ['ann', word, `${word}\u{10ffff}`];
    expect(parameters).toEqual(['ann', ...range('mil'), ...range('ry'), 5]);
  });
});

describe('every table of the tasks store', () => {
  let statements: string[];
  let tables: string[];

  beforeEach(async () => {
    const migrations: Migration[] = Object.values(tasksMigrations('postgres'));
    for (const { up } of migrations) await up(db as Kysely<unknown>);
    statements = said.map(([sql]) => sql);
    tables = statements.flatMap((sql) => /^create table (\w+)/.exec(sql)?.[1] ?? []);
    expect(tables).toContain('tasks');
  });

  test('is bound to the owner by row security, also for the role that owns it', () => {
    const own = "user_id = nullif(current_setting('ownlist.owner', true), '')";
    for (const table of tables) {
      expect(statements).toEqual(
        expect.arrayContaining([
          `alter table "${table}" enable row level security`,
          `alter table "${table}" force row level security`,
          `create policy own_rows on "${table}" using (${own}) with check (${own})`,
        ]),
      );
    }
  });

  test('compares owners by their bytes, and counts beyond 32 bits', () => {
    for (const sql of statements.filter((text) => text.startsWith('create table'))) {
      expect(sql).toMatch(/^create table \w+ \( user_id text collate "C" not null.*\)$/);
      for (const [, type] of sql.matchAll(/ (?:version|\w+_at) (\w*)/g))
        expect(type).toBe('bigint');
    }
    expect(statements.join()).toMatch(/ version bigint not null.* created_at bigint not null/);
  });
});
