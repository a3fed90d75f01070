import { expect, test } from 'vitest';
import { parseOptions } from './arguments.ts';

const rows = ['list', 'create'];

test('without arguments, everything is measured in five rounds of a second', () => {
  expect(parseOptions([], rows)).toEqual({
    only: undefined,
    rounds: 5,
    seconds: 1,
    peers: ['express', 'fastify', 'fastapi'],
    write: false,
    profile: false,
    help: false,
  });
});

test('rows, rounds, seconds and peers can be chosen', () => {
  const args = '--only create,list --rounds 3 --seconds 0.5 --peers fastapi'.split(' ');
  expect(parseOptions(args, rows)).toMatchObject({
    only: ['create', 'list'],
    rounds: 3,
    seconds: 0.5,
    peers: ['fastapi'],
  });
  expect(parseOptions(['--peers', 'none'], rows)).toMatchObject({ peers: [] });
});

test.each([
  [['--only', 'lists'], '--only has "lists": use some of list, create.'],
  [['--peers', 'django'], '--peers has "django": use some of express, fastify, fastapi.'],
  [['--rounds', '0'], '--rounds is "0": use a whole number from 1.'],
  [['--rounds', '1.5'], '--rounds is "1.5": use a whole number from 1.'],
  [['--seconds', 'ten'], '--seconds is "ten": use a number above 0.'],
  [['--write', '--only', 'list'], '--write is for all rows'],
  [['--fast'], '--fast'],
])('%j is refused, with what there is instead', (args, message) => {
  expect(() => parseOptions(args, rows)).toThrow(message);
});
