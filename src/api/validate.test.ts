import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { ProblemError } from '../contract/problem-error.ts';
import { bodyValidator, queryValidator } from './validate.ts';

const Body = Type.Object({ a: Type.Optional(Type.Integer()) }, { additionalProperties: false });
const Query = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1 })), text: Type.Optional(Type.String()) },
  { additionalProperties: false },
);

/** What a check says is wrong: its code, and each pointer with its rule. */
function refusal(check: () => unknown): [string, ...string[]] | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const errors = error.extra.errors ?? [];
    return [error.code, ...errors.map(({ pointer, code }) => `${pointer} ${code}`)];
  }
}

test.each([
  [undefined, ' required'],
  [null, ' type'],
  [[], ' type'],
  [{ a: '1' }, '/a type'],
  [{ a: 1.5 }, '/a type'],
  [{ 'x/y~z': 1 }, '/x~1y~0z unknown'],
  [JSON.parse('{"__proto__":{"a":1}}'), '/__proto__ unknown'],
])('the body %j is refused with a pointer', (body, error) => {
  expect(refusal(() => bodyValidator(Body)(body))).toEqual(['body_invalid', error]);
});

test('a body that fits is the same object, unchanged', () => {
  const body = { a: 1 };
  expect(bodyValidator(Body)(body)).toBe(body);
});

test('of very many errors a few are named', () => {
  const body = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`m${n}`, n]));
  expect(refusal(() => bodyValidator(Body)(body))).toHaveLength(1 + 20);
});

test.each([
  [{ limit: '5' }, { limit: 5 }],
  [{ limit: '007' }, { limit: 7 }],
  [{ text: '5' }, { text: '5' }],
])('the query %j is read as %j', (query, read) => {
  expect(queryValidator(Query)(query)).toEqual(read);
});

test.each([
  [{ limit: '' }, '?limit type'],
  [{ limit: '-1' }, '?limit type'],
  [{ limit: '1e2' }, '?limit type'],
  [{ limit: '٣' }, '?limit type'],
  [{ limit: ['1', '2'] }, '?limit type'],
  [{ limit: '0' }, '?limit range'],
  [{ other: 'x' }, '?other unknown'],
])('the query %j is refused with a pointer', (query, error) => {
  expect(refusal(() => queryValidator(Query)(query))).toEqual(['parameters_invalid', error]);
});

test('an operation without parameters takes none', () => {
  expect(queryValidator(undefined)({})).toEqual({});
  expect(refusal(() => queryValidator(undefined)({ a: '1' }))).toEqual([
    'parameters_invalid',
    '?a unknown',
  ]);
});
