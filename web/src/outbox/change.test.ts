import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyChange, anyContent } from './arbitrary-change.ts';
import { byOrder, type Change, contentOf, readChange, sameContent, stepped } from './change.ts';
import { taskOf } from './sample-task.ts';

const base = taskOf(1);
const edit: Change = {
  id: 'change-1',
  taskId: base.id,
  kind: 'edit',
  state: 'refused',
  order: 3,
  key: 'key-1',
  base,
  mine: { title: 'mine', description: 'words', completed: true },
  theirs: taskOf(1, { title: 'theirs' }),
  refusal: { message: 'no', title: 'not this', description: 'nor that', gone: true },
};

test('a change comes back exactly as it was kept', () => {
  fc.assert(
    fc.property(anyChange, (change) => {
      expect(readChange(structuredClone(change))).toStrictEqual(change);
    }),
  );
});

test.each([undefined, null, 'change', 7, [], [edit], {}, { ...edit, state: 'saved' }])(
  '%j is no change',
  (value) => {
    expect(readChange(value)).toBeUndefined();
  },
);

const never = [undefined, null, true, [], {}, Number.NaN];
const needed = {
  id: [...never, 7],
  taskId: [...never, 7],
  key: [...never, 7],
  kind: [...never, 7, 'move'],
  state: [...never, 7, 'saved', 'lost'],
  order: [...never, '7', Number.POSITIVE_INFINITY],
  base: [...never, 7, 'task'],
  mine: [...never, 7, 'words'],
};

test.each(Object.entries(needed))('without a good %s it is no change', (member, wrong) => {
  for (const value of wrong) {
    expect(readChange({ ...edit, [member]: value })).toBeUndefined();
  }
});

test.each(['title', 'description', 'completed'])('words without %s are no change', (field) => {
  expect(readChange({ ...edit, mine: { ...edit.mine, [field]: undefined } })).toBeUndefined();
});

test('what a change need not have is left out when it is not what it should be', () => {
  expect(readChange({ ...edit, theirs: 'theirs', refusal: 'no', more: 1 })).toStrictEqual({
    id: edit.id,
    taskId: edit.taskId,
    kind: 'edit',
    state: 'refused',
    order: 3,
    key: 'key-1',
    base,
    mine: edit.mine,
  });
  const refusal = { message: 1, title: null, description: {}, gone: 'yes' };
  expect(readChange({ ...edit, refusal })?.refusal).toStrictEqual({});
});

test('anything at all is read without a failure', () => {
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom(...Object.keys(needed)), (value, member) => {
      readChange(value);
      readChange({ ...edit, [member]: value });
    }),
  );
});

test('changes go out in their order, and all tabs agree on it where it is the same', () => {
  const of = (order: number, id: string): Change => ({ ...edit, order, id });
  const sorted = [of(1, 'b'), of(2, 'a'), of(2, 'c'), of(10, 'a')];
  expect(sorted.toReversed().sort(byOrder)).toEqual(sorted);
});

test('words are the same when a task would read the same', () => {
  fc.assert(
    fc.property(anyContent, anyContent, (one, other) => {
      const same = JSON.stringify(contentOf(one)) === JSON.stringify(contentOf(other));
      expect(sameContent(one, other)).toBe(same);
      expect(sameContent(one, { ...one })).toBe(true);
    }),
  );
});

test('the words of a task are what a person can change of it', () => {
  expect(contentOf(taskOf(1, { title: 'a', description: 'b', completed: true }))).toStrictEqual({
    title: 'a',
    description: 'b',
    completed: true,
  });
});

test('a step changes the state and nothing else', () => {
  expect(stepped(edit, 'retry')).toStrictEqual({ ...edit, state: 'waiting' });
  expect(() => stepped(edit, 'send')).toThrow('refused cannot send');
});
