import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { routes } from '../../contract/routes.ts';
import { migrate } from '../../db/migrate.ts';
import { sqliteDialect } from '../../db/sqlite.ts';
import type { Steps } from '../../db/steps.ts';
import { ownerSteps } from '../as-owner.ts';
import type { Outcome } from '../changes.ts';
import { encoderOf } from '../encoded.ts';
import type { UserId } from '../principal.ts';
import { taskChanges } from './changes.ts';
import { createKeptTasks, type KeptTasks, keepUp } from './kept-tasks.ts';
import { taskHandlers } from './routes.ts';
import { type TasksSchema, tasksMigrations } from './schema.ts';

const userId = 'ann' as UserId;
const task = fc.integer({ min: 0, max: 9 });
const idOf = (n: number) => `01a1fcc4-a1ed-7f57-bb46-00000000000${n}`;
const encodePage = encoderOf(routes.listTasks.responses[200].schema);
const encodeTask = encoderOf(routes.getTask.responses[200].schema);

const step = fc.record({
  /** Two servers on one store each know of their own changes alone. */
  by: fc.constantFrom('this', 'this', 'this', 'other'),
  isTakenBack: fc.constantFrom(false, false, false, true),
  change: fc.oneof(
    fc.record({ kind: fc.constant('create' as const), task, completed: fc.boolean() }),
    fc.record({ kind: fc.constant('edit' as const), task }),
    fc.record({ kind: fc.constant('tick' as const), task, completed: fc.boolean() }),
    fc.record({ kind: fc.constant('delete' as const), task }),
  ),
  /** What is read after it, and may be kept. */
  lists: fc.array(
    fc.record({
      status: fc.constantFrom('all', 'open', 'completed'),
      sort: fc.constantFrom('newest', 'oldest'),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 3 },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer Step> ? Step : never;

type Handlers = ReturnType<typeof taskHandlers>;
interface Server extends Handlers {
  kept: KeptTasks;
}
function server(): Server {
  const kept = createKeptTasks();
  return { ...taskHandlers(kept), kept };
}
// biome-ignore lint/suspicious/noExplicitAny: of several operations.
type Call = any;

test('a list that is made from memory is the list that is read, whatever was done before', async () => {
  let lists = 0;
  const steps = fc.array(step, { minLength: 5, maxLength: 30, size: 'max' });
  const property = fc.asyncProperty(steps, async (taken) => {
    const db = new Kysely<TasksSchema>({ dialect: sqliteDialect(new DatabaseSync(':memory:')) });
    await migrate(db, tasksMigrations('sqlite'));
    const principal = { userId, sessionId: undefined, expiresAt: 0 };
    const call: Call = { userId, principal, header: () => undefined, db };
    const servers = { this: server(), other: server() };
    for (let n = 0; n < 8; n++) {
      const body = { id: idOf(n), title: `first ${n}` };
      await ownerSteps(db, userId, (scope) => taskChanges.createTask(scope, { ...call, body }));
    }
    for (const [n, one] of taken.entries()) {
      const by = servers[one.by];
      await send(by, call, one, n);
      for (const query of one.lists) {
        const expected = await list(taskHandlers(), { ...call, query });
        expect(await list(servers.this, { ...call, query })).toEqual(expected);
        lists++;
      }
      // The one that was changed and another one, both of which may have been read before.
      for (const number of [one.change.task, n % 3]) {
        const params = { userId, taskId: idOf(number) };
        const expected = await read(taskHandlers(), { ...call, params });
        expect(await read(servers.this, { ...call, params })).toEqual(expected);
      }
    }
    await db.destroy();
  });
  await fc.assert(property, { numRuns: 300 });
  expect(lists).toBeGreaterThan(1_000);
});

class TakenBack extends Error {}

/** Makes a change, and tells the server that it is committed; or takes it back, and tells nobody. */
async function send(by: Server, call: Call, { change, isTakenBack }: Step, n: number) {
  const params = { userId, taskId: idOf(change.task) };
  const title = `${change.kind} ${n}`;
  const { completed } = change as { completed?: boolean };
  const [operation, body] = {
    create: ['createTask', { id: params.taskId, title, completed }] as const,
    edit: ['updateTask', { title }] as const,
    tick: ['updateTask', { completed }] as const,
    delete: ['deleteTask', undefined] as const,
  }[change.kind];
  const handler: Call = taskChanges[operation];
  try {
    const outcome = await ownerSteps(call.db, userId, function* (scope): Steps<Outcome> {
      const made = yield* handler(scope, { ...call, params, body });
      if (isTakenBack) throw new TakenBack();
      return made;
    });
    keepUp(by.kept, { operation, userId, params, query: undefined, body, headers: {} }, outcome);
  } catch (error) {
    if (error instanceof TakenBack) return;
    expect(['not_found', 'task_exists']).toContain((error as { code?: string }).code);
  }
}

async function list(by: Handlers, call: Call): Promise<unknown> {
  const { body, headers } = await by.listTasks(call);
  return { body: String(encodePage(body).content), headers };
}

async function read(by: Handlers, call: Call): Promise<unknown> {
  try {
    const { body, headers } = await by.getTask(call);
    return { body: String(encodeTask(body).content), headers };
  } catch (error) {
    return (error as { code?: string }).code;
  }
}
