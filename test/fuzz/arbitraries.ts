import fc from 'fast-check';
import { type Schema, validator } from './document.ts';

/** Names that mean something to JavaScript, JSON Pointer or a database. */
const oddNames = ['__proto__', 'constructor', 'toString', 'a/b~c', '', 'userId', 'owner', '\u0000'];
const deepText = '['.repeat(2_000) + ']'.repeat(2_000);

/** Text of all planes of Unicode, without lone surrogates; its length is in code points. */
export function text(
  bounds: { minLength?: number; maxLength?: number } = {},
): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 1_000 } = bounds;
  const fits = (value: string) => between(minLength, [...value].length, maxLength);
  const whole = fc.string({ unit: 'binary', minLength, maxLength, size: 'small' });
  return fc.oneof(
    { weight: 4, arbitrary: whole },
    { weight: 4, arbitrary: fc.string({ unit: 'grapheme', minLength, maxLength }).filter(fits) },
    {
      weight: 1,
      arbitrary: fc
        .string({ unit: 'binary', minLength: 1, maxLength: 3 })
        .map((one) => [...one.repeat(maxLength)].slice(0, maxLength).join('')),
    },
  );
}

const between = (low: number, value: number, high: number) => low <= value && value <= high;

/** A value that fits the schema. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const types = [schema.type].flat();
  return fc.oneof(...types.map((type) => fittingType(type, schema)));
}

function fittingType(type: string | undefined, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return fittingText(schema);
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? -(2 ** 31),
        max: schema.maximum ?? 2 ** 31,
      });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'object':
      return fittingObject(schema);
    default:
      throw new Error(`Teach the generator the type ${type}, which the document now uses.`);
  }
}

function fittingObject({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const members = Object.entries(properties).map(
    ([name, schema]): [string, fc.Arbitrary<unknown>] => [name, fitting(schema)],
  );
  return fc.record<Record<string, unknown>>(Object.fromEntries(members), {
    requiredKeys: required,
  });
}

function fittingText({ pattern, ...bounds }: Schema): fc.Arbitrary<string> {
  if (pattern === undefined) return text(bounds);
  const expression = new RegExp(pattern, 'u');
  // A pattern that takes a plain letter forbids a little; any other says what the text is made of.
  return expression.test('a')
    ? text(bounds).filter((value) => expression.test(value))
    : fc.stringMatching(new RegExp(pattern));
}

/** A JSON text whose value the schema refuses, by the judgement of Ajv. */
export function misfitting(schema: Schema): fc.Arbitrary<string> {
  const fits = validator().compile(schema);
  return fc
    .oneof(
      misfit(schema).map((value) => JSON.stringify(value)),
      fc.json(),
      fc.constant(deepText),
    )
    .filter((json) => !fits(JSON.parse(json)));
}

function misfit(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.type === 'object') return misfitObject(schema);
  const { maxLength = 100, minimum = 0, maximum = 0 } = schema;
  return fc.oneof(
    fc.constantFrom(null, true, 0, '', [], {}, minimum - 1, maximum + 1, 1.5, 1e300),
    fc.constantFrom('\u0000', 'a\u0000b', '\ud800', 'a\udfff', ' ', '\u2028', '__proto__'),
    fc.constantFrom('x', '🙂', 'e\u0301').map((unit) => unit.repeat(maxLength + 1)),
    fc.jsonValue(),
  );
}

function misfitObject(schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema;
  const changed = Object.entries(properties).map(([name, member]) =>
    fc.tuple(fitting(schema), misfit(member)).map(([whole, part]) => ({
      ...(whole as object),
      [name]: part,
    })),
  );
  const extended = fc
    .tuple(fitting(schema), fc.constantFrom(...oddNames), fc.jsonValue())
    .map(([whole, name, value]) =>
      // Assigning to `__proto__` would make no member of it.
      Object.fromEntries([...Object.entries(whole as object), [name, value]]),
    );
  const incomplete = required.map((name) =>
    fitting(schema).map((whole) => ({ ...(whole as object), [name]: undefined })),
  );
  return fc.oneof(...changed, extended, ...incomplete);
}
