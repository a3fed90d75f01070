import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { encoderOf } from './encoded.ts';

const Note = Type.Object({ text: Type.String() });
const encode = encoderOf(Note);

test('what is declared is encoded, and nothing else', () => {
  expect(encode({ text: 'ä', secret: 1 }).content).toBe('{"text":"ä"}');
});

test('what was encoded before is taken as it is, and only by its own schema', () => {
  const note = encode({ text: 'a' });
  expect(encode(note)).toBe(note);
  const alike = encoderOf(Type.Object({ text: Type.String() }));
  expect(() => alike(note)).toThrow('another schema');
  expect(() => alike(note.packed())).toThrow('another schema');
});

test('packed it is the same, as bytes', () => {
  const packed = encode({ text: 'ä' }).packed();
  expect(packed.content).toEqual(Buffer.from('{"text":"ä"}'));
  expect(encode(packed)).toBe(packed);
  expect((packed.content as Buffer).buffer.byteLength).toBe(packed.content.length);
});

test('inside of other JSON it is refused', () => {
  expect(() => JSON.stringify({ body: encode({ text: 'a' }) })).toThrow('encoded already');
});
