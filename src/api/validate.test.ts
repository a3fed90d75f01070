import { Ajv2020 } from 'ajv/dist/2020.js';
import { type TSchema, Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { ProblemError } from '../contract/problem-error.ts';
import { type Route, routes } from '../contract/routes.ts';
import { visiblePattern } from '../contract/task.ts';
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
  [{ limit: ['1'] }, '?limit type'],
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

describe('the detail of a problem is its first error in words:', () => {
  /** Every check of `a`, which is wrong by one rule. */
  const member = (schema: TSchema, a: unknown): [TSchema, unknown] => [
    Type.Object({ a: schema }),
    { a },
  ];
  const stringOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] });
  const rules: [string, [schema: TSchema, body: unknown]][] = [
    ['A body is required.', [Body, undefined]],
    ['The body must be object.', [Body, 7]],
    ['/a is required.', [Type.Object({ a: Type.String() }), {}]],
    ['/b is not known here.', [Body, { b: 1 }]],
    ['/a must be integer.', member(Type.Integer(), 'x')],
    ['/a must be string or null.', member(stringOrNull, 7)],
    ['/a must be one of open, all.', member(Type.Enum(['open', 'all']), 'x')],
    ['/a must not be empty.', member(Type.String({ minLength: 1 }), '')],
    ['/a must be at most 2 characters long.', member(Type.String({ maxLength: 2 }), 'abc')],
    ['/a must be >= 1.', member(Type.Integer({ minimum: 1 }), 0)],
    ['/a must be <= 9.', member(Type.Integer({ maximum: 9 }), 10)],
    ['/a must match pattern "^x$".', member(Type.String({ pattern: '^x$' }), 'y')],
    [
      '/a must hold more than white space, no NUL and no lone surrogate.',
      member(Type.String({ pattern: visiblePattern }), ' '),
    ],
  ];

  test.each(rules)('%s', (detail, [schema, body]) => {
    expect(() => bodyValidator(schema)(body)).toThrow(
      expect.objectContaining({
        message: detail,
        extra: {
          errors: [
            expect.objectContaining({ message: detail.replace(/^\S+( body)? (.*)\.$/, '$2') }),
          ],
        },
      }),
    );
  });

  test('The query …, where no parameter of it is at fault', () => {
    const check = queryValidator(Type.Object({}, { minProperties: 1 }));
    expect(() => check({})).toThrow('The query must NOT have fewer than 1 properties.');
  });
});

test('a rule without words of ours is named by its keyword, in the words of the validator', () => {
  const schema = Type.Object({ a: Type.Array(Type.Integer(), { minItems: 1 }) });
  expect(() => bodyValidator(schema)({ a: [] })).toThrow(
    expect.objectContaining({
      extra: {
        errors: [{ pointer: '/a', code: 'minItems', message: 'must NOT have fewer than 1 items' }],
      },
    }),
  );
});

test.each(Object.entries<Route>(routes))(
  'the schemas of an operation are schemas: %s',
  (_, { query, body }) => {
    const ajv = new Ajv2020();
    for (const schema of [query, body?.schema]) {
      expect([schema === undefined || ajv.validateSchema(schema), ajv.errors ?? []]).toEqual([
        true,
        [],
      ]);
    }
  },
);
