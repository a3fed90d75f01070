import type { TSchema } from 'typebox';
import { declaredPart } from './declared.ts';

/** JSON that a schema let out; only an encoder makes it. */
export type Encoded = InstanceType<typeof EncodedJson>;

class EncodedJson {
  readonly #schema: TSchema;
  readonly #content: string | Buffer;

  constructor(schema: TSchema, content: string | Buffer) {
    this.#schema = schema;
    this.#content = content;
  }

  /** What to send. */
  get content(): string | Buffer {
    return this.#content;
  }

  /** The same in the form that is quickest to send again and again. */
  packed(): Encoded {
    const text = this.#content.toString();
    // Not a part of a larger block, as `Buffer.from` makes it, which would be kept as a whole.
    const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
    bytes.write(text);
    return new EncodedJson(this.#schema, bytes);
  }

  /** @throws {Error} always: inside of other JSON it would be no JSON. */
  toJSON(): never {
    throw new Error('What is encoded already cannot be a part of other JSON.');
  }

  isOf(schema: TSchema): boolean {
    return schema === this.#schema;
  }
}

/**
 * Makes JSON of what `schema` declares of a value. What the same schema has let out before is given
 * back as it is.
 * @throws {Error} for what another schema has let out.
 */
export function encoderOf(schema: TSchema): (value: unknown) => Encoded {
  const partOf = declaredPart(schema);
  return (value) => {
    if (!(value instanceof EncodedJson)) {
      return new EncodedJson(schema, JSON.stringify(partOf(value)));
    }
    if (!value.isOf(schema)) throw new Error('What another schema let out may be too much here.');
    return value;
  };
}
