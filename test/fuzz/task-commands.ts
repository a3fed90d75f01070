import { randomUUIDv7 } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Task } from '../../src/contract/task.ts';
import type { Answer, RequestOptions } from '../support/client.ts';
import type { Sort, Status, TaskModel } from './task-model.ts';

/** Sends a request to the tasks of one user. */
export type Send = (path: string, options?: RequestOptions) => Promise<Answer>;
type Command = fc.AsyncCommand<TaskModel, Send>;

/** How a change names the version it is for. */
type Condition = 'none' | 'star' | 'current' | 'stale';

const titles = fc.constantFrom('a', 'b', 'Ω', '🙂');
const conditions = fc.constantFrom<Condition>('none', 'star', 'current', 'stale');
/** Which of the tasks there are: a command cannot know its id before it runs. */
const choices = fc.nat({ max: 1_000 });

function command(text: string, run: (model: TaskModel, send: Send) => Promise<void>): Command {
  return { check: () => true, run, toString: () => text };
}

export const taskCommands: fc.Arbitrary<Command>[] = [
  fc.tuple(titles, fc.boolean(), fc.boolean()).map(create),
  choices.map(createAgain),
  fc
    .tuple(
      choices,
      conditions,
      fc.record(
        { title: titles, description: fc.constantFrom('', 'x', null), completed: fc.boolean() },
        { requiredKeys: [] },
      ),
    )
    .map(change),
  fc.tuple(choices, conditions).map(remove),
  fc
    .tuple(
      fc.constantFrom<Status>('open', 'completed', 'all'),
      fc.constantFrom<Sort>('newest', 'oldest'),
      fc.integer({ min: 1, max: 5 }),
    )
    .map(list),
];

function create([title, completed, ownId]: [string, boolean, boolean]): Command {
  return command(`create ${title}`, async (model, send) => {
    const body = { title, completed, ...(ownId && { id: randomUUIDv7() }) };
    const { status, json } = await send('', { body });
    expect(status).toBe(201);
    expect(json).toMatchObject({ ...body, description: '' });
    expect(json.completedAt).toBe(completed ? json.createdAt : null);
    model.put(json);
  });
}

function createAgain(choice: number): Command {
  return command(`create ${choice} again`, async (model, send) => {
    const task = chosen(model, choice);
    if (task === undefined) return;
    const { status, json } = await send('', { body: { id: task.id, title: 'again' } });
    expect([status, json.code]).toEqual([409, 'task_exists']);
  });
}

function change([choice, condition, patch]: [number, Condition, object]): Command {
  return command(`change ${choice} ${condition} ${JSON.stringify(patch)}`, async (model, send) => {
    const task = chosen(model, choice);
    const path = `/${task?.id ?? randomUUIDv7()}`;
    const headers = ifMatch(condition, task);
    const { status, json } = await send(path, { method: 'PATCH', body: patch, headers });
    if (!expectAllowed(task, condition, { status, json })) return;
    expect(json).toMatchObject(withoutNull(patch));
    expect(json.completedAt === null).toBe(!json.completed);
    const untouched = Object.keys(task).filter((key) => !(key in patch) && !moving.has(key));
    for (const key of untouched) expect(json[key]).toEqual(task[key as keyof Task]);
    model.put(json);
  });
}

/** Members that a change may set although it does not name them. */
const moving = new Set(['version', 'updatedAt', 'completedAt']);

const withoutNull = (patch: object) =>
  Object.fromEntries(Object.entries(patch).map(([key, value]) => [key, value ?? '']));

function remove([choice, condition]: [number, Condition]): Command {
  return command(`delete ${choice} ${condition}`, async (model, send) => {
    const task = chosen(model, choice);
    const path = `/${task?.id ?? randomUUIDv7()}`;
    const answer = await send(path, { method: 'DELETE', headers: ifMatch(condition, task) });
    if (!expectAllowed(task, condition, answer)) return;
    expect(answer.status).toBe(204);
    model.delete(task.id);
  });
}

function list([status, sort, limit]: [Status, Sort, number]): Command {
  return command(`list ${status} ${sort} by ${limit}`, async (model, send) => {
    const seen: Task[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = new URLSearchParams({ status, sort, limit: String(limit) });
      if (cursor !== '') query.set('cursor', cursor);
      const page: Answer = await send(`?${query}`);
      expect(page.status).toBe(200);
      expect(page.json.data.length).toBeLessThanOrEqual(limit);
      seen.push(...page.json.data);
      cursor = page.json.nextCursor;
    }
    expect(seen).toEqual(model.list(status, sort));
  });
}

function chosen(model: TaskModel, choice: number): Task | undefined {
  const { ids } = model;
  return model.get(ids[choice % Math.max(ids.length, 1)] ?? '');
}

function ifMatch(condition: Condition, task: Task | undefined): Record<string, string> {
  if (condition === 'none') return {};
  if (condition === 'star') return { 'if-match': '*' };
  const { version } = task ?? { version: 1 };
  return { 'if-match': `"${condition === 'current' ? version : version - 1}"` };
}

/** Whether a change has to have been made; a refusal is 404, or 412 with the task as it stands. */
function expectAllowed(
  task: Task | undefined,
  condition: Condition,
  { status, json }: Pick<Answer, 'status' | 'json'>,
): task is Task {
  if (task === undefined) {
    expect([status, json.code]).toEqual([404, 'not_found']);
    return false;
  }
  if (condition !== 'stale') return true;
  expect([status, json.current]).toEqual([412, task]);
  return false;
}
