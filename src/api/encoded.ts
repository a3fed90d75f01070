import type { TSchema } from 'typebox';

/** JSON that a schema let out; only an encoder makes it. */
export type Encoded = InstanceType<typeof EncodedJson>;

class EncodedJson {
  readonly #schema: TSchema;
  #content: string | Buffer;

  constructor(schema: TSchema, text: string) {
    this.#schema = schema;
    this.#content = text;
  }

  /** What to send. */
  get content(): string | Buffer {
    return this.#content;
  }

  /** The same in the form that is quickest to send again and again. */
  packed(): this {
    if (typeof this.#content === 'string') this.#content = Buffer.from(this.#content);
    return this;
  }

  /** @throws {Error} where it was made by another schema, which may let out something else. */
  require(schema: TSchema): this {
    if (schema !== this.#schema) throw new Error('JSON of another schema is no part of this one.');
    return this;
  }
}

/**
 * Makes JSON of as much of a value as `schema` declares: members of objects that it does not name
 * are left out, at any depth. What it says of strings and numbers is not looked at. The value, or
 * any part of it, may have been encoded before by its own schema.
 */
export function encoderOf(schema: TSchema): (value: unknown) => Encoded {
  const write = writerOf(schema);
  return (value) =>
    value instanceof EncodedJson
      ? value.require(schema)
      : new EncodedJson(schema, write(value) ?? 'null');
}

/** The JSON of a value; undefined where it has none. */
type Write = (value: unknown) => string | undefined;

const writeAnything: Write = (value) => JSON.stringify(value);

function writerOf(schema: TSchema): Write {
  const { properties, items } = schema as {
    properties?: Record<string, TSchema>;
    items?: TSchema;
  };
  const write = properties ? ofObject(properties) : items ? ofArray(items) : writeAnything;
  return (value) =>
    value instanceof EncodedJson ? String(value.require(schema).content) : write(value);
}

function ofArray(items: TSchema): Write {
  const write = writerOf(items);
  return (value) => {
    if (!Array.isArray(value)) return writeAnything(value);
    return `[${value.map((item) => write(item) ?? 'null').join(',')}]`;
  };
}

function ofObject(properties: Record<string, TSchema>): Write {
  const isFlat = Object.values(properties).every((schema) => !isNested(schema));
  const members = new Map(Object.entries(properties).map(([name, own]) => [name, writerOf(own)]));
  const write = isFlat ? ofFlatObject(members) : ofNestedObject(members);
  return (value) =>
    typeof value === 'object' && value !== null
      ? write(value as Record<string, unknown>)
      : writeAnything(value);
}

const isNested = (schema: TSchema) => 'properties' in schema || 'items' in schema;

type Members = ReadonlyMap<string, Write>;
type WriteObject = (object: Record<string, unknown>) => string;

/** Most are, and have nothing else: they are written at once. */
function ofFlatObject(members: Members): WriteObject {
  return (object) => {
    for (const name in object) {
      if (members.has(name)) continue;
      const declared = Object.entries(object).filter(([own]) => members.has(own));
      return JSON.stringify(Object.fromEntries(declared));
    }
    return JSON.stringify(object);
  };
}

function ofNestedObject(members: Members): WriteObject {
  return (object) => {
    const written = Object.entries(object).flatMap(([name, member]) => {
      const text = members.get(name)?.(member);
      return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
    });
    return `{${written.join(',')}}`;
  };
}
