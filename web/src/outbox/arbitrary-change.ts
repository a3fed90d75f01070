import fc from 'fast-check';
import type { Task } from '../../../src/contract/task.ts';
import type { Change, Refusal, TaskContent } from './change.ts';
import { changeStates } from './change-states.ts';

/** Few words, so that two of them are often the same. */
const word = fc.oneof(fc.constantFrom('', 'a', 'b', 'c'), fc.string({ unit: 'binary' }));

/** What a task says. */
export const anyContent: fc.Arbitrary<TaskContent> = fc.record(
  { title: word, description: word, completed: fc.boolean() },
  { noNullPrototype: true },
);

const instant = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-02-02T02:02:02.020Z');

export const anyTask: fc.Arbitrary<Task> = fc
  .tuple(
    anyContent,
    fc.record({
      id: fc.uuid({ version: 7 }),
      completedAt: fc.option(instant),
      createdAt: instant,
      updatedAt: instant,
      version: fc.nat(),
    }),
  )
  .map(([content, rest]) => ({ ...rest, ...content }));

const anyRefusal: fc.Arbitrary<Refusal> = fc.record(
  { message: word, title: word, description: word, gone: fc.constant(true as const) },
  { requiredKeys: [], noNullPrototype: true },
);

/** A change in any state and of any kind. */
export const anyChange: fc.Arbitrary<Change> = fc
  .record({
    id: word,
    taskId: word,
    key: word,
    order: fc.nat(),
    state: fc.constantFrom(...changeStates.filter((state) => state !== 'saved')),
    mine: anyContent,
    refusal: fc.option(anyRefusal, { nil: undefined }),
    kind: fc.constantFrom('add', 'edit', 'delete'),
    base: anyTask,
    theirs: fc.option(anyTask, { nil: undefined }),
  })
  .map(({ refusal, kind, base, theirs, ...rest }): Change => {
    const common = { ...rest, ...(refusal && { refusal }) };
    return kind === 'add'
      ? { ...common, kind }
      : { ...common, kind, base, ...(theirs && { theirs }) };
  });
