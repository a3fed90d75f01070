import { type TSchema, Type } from 'typebox';
import { expect, test } from 'vitest';
import { type Route, routes } from '../contract/routes.ts';
import { declaredPart } from './declared.ts';

const Note = Type.Object({ text: Type.String(), by: Type.Object({ name: Type.String() }) });
const partOf = declaredPart(Type.Object({ notes: Type.Array(Note), next: Type.Unknown() }));

test('what has nothing but what is declared is given back as it is', () => {
  const whole = { notes: [{ text: 'a', by: { name: 'ann' } }], next: null };
  expect(partOf(whole)).toBe(whole);
});

test.each<[string, object, object, object]>([
  ['in the object itself', { secret: 1 }, {}, {}],
  ['in an item', {}, { secret: 1 }, {}],
  ['in an object of an item', {}, {}, { secret: 1 }],
])(
  'a member that is not declared is left out %s, and everything else stays',
  (_, ofPage, ofNote, ofAuthor) => {
    const whole = { text: 'b', by: { name: 'bob' } };
    const value = {
      notes: [whole, { text: 'a', by: { name: 'ann', ...ofAuthor }, ...ofNote }],
      next: { anything: 'else' },
      ...ofPage,
    };
    expect(partOf(value)).toEqual({
      notes: [whole, { text: 'a', by: { name: 'ann' } }],
      next: { anything: 'else' },
    });
  },
);

test('what is absent stays absent, and null stays null', () => {
  expect(partOf({ next: 1, secret: 1 })).toEqual({ next: 1 });
  expect(partOf({ notes: null, secret: 1 })).toEqual({ notes: null });
  expect(partOf(null)).toBe(null);
});

test('a member whose name every object knows is no more declared for that', () => {
  expect(partOf({ notes: [], constructor: 1 })).toEqual({ notes: [] });
  expect(partOf(JSON.parse('{"notes":[],"__proto__":{"a":1}}'))).toEqual({ notes: [] });
});

/** Every schema in a schema. */
function schemasIn(schema: TSchema): TSchema[] {
  const { properties = {}, items } = schema as { properties?: object; items?: TSchema };
  return [schema, ...[...Object.values(properties), items ?? []].flat().flatMap(schemasIn)];
}

test.each(Object.entries<Route>(routes))(
  'the answers of %s are declared in words that are looked at',
  (_, { responses }) => {
    const schemas = Object.values(responses).flatMap(({ schema }) => schema ?? []);
    const others = ['anyOf', 'oneOf', 'allOf', '$ref', 'patternProperties', 'prefixItems', 'if'];
    for (const schema of schemas.flatMap(schemasIn)) {
      expect(others.filter((word) => word in schema)).toEqual([]);
      if ('type' in schema && schema.type === 'object') expect(schema).toHaveProperty('properties');
      if ('type' in schema && schema.type === 'array') expect(schema).toHaveProperty('items');
    }
  },
);
