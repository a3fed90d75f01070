import { expect, test } from 'vitest';
import documented from '../../../docs/unsent-work.md?raw';
import { changeSteps } from '../outbox/change-states.ts';
import { afterEvent, sessionSteps } from './session-states.ts';

/** The rows "state | event | next state" of the section with this heading. */
function documentedSteps(heading: string): string[] {
  const section = documented.split('\n## ').find((part) => part.startsWith(heading)) ?? '';
  const [, table = ''] = section.split('|---|---|---|\n');
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  return rows.map((row) =>
    row
      .replaceAll('|', '')
      .trim()
      .replaceAll(/\s{2,}/g, ' → '),
  );
}

function codedSteps(steps: Record<string, Partial<Record<string, string>>>): string[] {
  return Object.entries(steps).flatMap(([state, events]) =>
    Object.entries(events).map(([event, next]) => `${state} → ${event} → ${next}`),
  );
}

test.each([
  ['The states of a session', sessionSteps],
  ['The states of a change', changeSteps],
])('%s are those that are documented', (heading, steps) => {
  const coded = codedSteps(steps);
  expect(coded.length).toBeGreaterThan(10);
  expect(documentedSteps(heading)).toEqual(coded);
});

test('an event that a state does not know changes nothing', () => {
  expect(afterEvent('signed-out', 'none')).toBe('signed-out');
  expect(afterEvent('ended', 'asking')).toBe('ended');
});
