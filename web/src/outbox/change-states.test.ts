import { expect, test } from 'vitest';
import { type ChangeEvent, changeStates, changeSteps, stepOf } from './change-states.ts';

const events = [
  'submit',
  'send',
  'accept',
  'no answer',
  'contest',
  'merge',
  'refuse',
  'choose',
  'retry',
  'mend',
] as const satisfies ChangeEvent[];

test('every state is reached from the first letter typed', () => {
  const reached = new Set(['typed']);
  for (let size = 0; size < reached.size; ) {
    size = reached.size;
    for (const state of changeStates) {
      if (reached.has(state))
        for (const next of Object.values(changeSteps[state])) reached.add(next);
    }
  }
  expect([...reached].toSorted()).toEqual([...changeStates].toSorted());
});

test.each(changeStates)('from %s a change can still be saved', (state) => {
  const ahead = new Set([state]);
  for (const from of ahead) for (const next of Object.values(changeSteps[from])) ahead.add(next);
  expect([...ahead]).toContain('saved');
});

test('only the server’s word ends a change, and nothing happens to it afterwards', () => {
  const ends = changeStates.flatMap((state) =>
    events.filter((event) => changeSteps[state][event] === 'saved').map((event) => [state, event]),
  );
  expect(ends).toEqual([['sending', 'accept']]);
  expect(changeSteps.saved).toEqual({});
});

test('a change that needs the person goes on by their word alone', () => {
  expect(Object.keys(changeSteps.conflict)).toEqual(['choose']);
  expect(Object.keys(changeSteps.refused).toSorted()).toEqual(['mend', 'retry']);
});

test('a step the table has leads where it says, every other one is a mistake', () => {
  for (const state of changeStates) {
    for (const event of events) {
      const next = changeSteps[state][event];
      if (next !== undefined) expect(stepOf(state, event)).toBe(next);
      else expect(() => stepOf(state, event)).toThrow(`A change that is ${state} cannot ${event}.`);
    }
  }
});
