import { type TSchema, Type } from 'typebox';
import { expect, test } from 'vitest';
import { type Route, routes } from '../contract/routes.ts';
import { encoderOf } from './encoded.ts';

const Note = Type.Object({ text: Type.String(), by: Type.Object({ name: Type.String() }) });
const Notes = Type.Object({ notes: Type.Array(Note), next: Type.Unknown() });
const encode = encoderOf(Notes);
/** What is read from what was written. */
const partOf = (value: unknown) => JSON.parse(String(encode(value).content));

test('what has nothing but what is declared is written as JSON writes it', () => {
  const whole = { notes: [{ text: 'ä"\u2028', by: { name: 'ann' } }], next: [1, { any: 'thing' }] };
  expect(encode(whole).content).toBe(JSON.stringify(whole));
});

test('a part that was encoded before, and the whole, are taken as they are', () => {
  const note = encoderOf(Note)({ text: 'a', by: { name: 'ann' }, secret: 1 });
  const other = { text: 'b', by: { name: 'bob' } };
  const page = encode({ notes: [note, other], next: null });
  expect(JSON.parse(String(page.content))).toEqual({
    notes: [{ text: 'a', by: { name: 'ann' } }, other],
    next: null,
  });
  expect(encode(page)).toBe(page);
});

test('what was encoded by another schema is refused, alike as it may be', () => {
  const alike = Type.Object({ text: Type.String(), by: Type.Object({ name: Type.String() }) });
  const note = encoderOf(alike)({ text: 'a', by: { name: 'ann' } });
  expect(() => encode({ notes: [note] })).toThrow('another schema');
  expect(() => encode(note)).toThrow('another schema');
});

test('packed it is the same, as bytes', () => {
  const encoded = encode({ notes: [], next: 'ä' });
  expect(encoded.content).toBe('{"notes":[],"next":"ä"}');
  expect(encoded.packed()).toBe(encoded);
  expect(encoded.packed().content).toEqual(Buffer.from('{"notes":[],"next":"ä"}'));
  const within = encoderOf(Type.Object({ all: Type.Array(Notes) }))({ all: [encoded] });
  expect(within.content).toBe('{"all":[{"notes":[],"next":"ä"}]}');
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

test('what is absent stays absent, what has no JSON too, and null stays null', () => {
  expect(encode({ notes: undefined, next: undefined }).content).toBe('{}');
  expect(encode({ notes: [undefined] }).content).toBe('{"notes":[null]}');
  expect(encode(undefined).content).toBe('null');
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
