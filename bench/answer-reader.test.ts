import { expect, test } from 'vitest';
import { answerReader } from './answer-reader.ts';

const answers = Buffer.from(
  [
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nyo',
    'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 503 Service Unavailable\r\ncontent-length:2\r\n\r\nno',
  ].join(''),
);

/** The statuses that are told, and after how many bytes. */
function statuses(parts: readonly Buffer[]): [status: number, bytes: number][] {
  const told: [number, number][] = [];
  let bytes = 0;
  const read = answerReader((status) => told.push([status, bytes]));
  for (const part of parts) {
    bytes += part.length;
    read(part);
  }
  return told;
}

test('each answer is told when its last byte is there, whatever the parts it comes in', () => {
  const byBytes = statuses(Array.from(answers, (byte) => Buffer.from([byte])));
  expect(byBytes.map(([status]) => status)).toEqual([200, 304, 204, 201, 503]);
  expect(byBytes[0]?.[1]).toBe(answers.indexOf('HTTP/1.1 304'));
  expect(byBytes.at(-1)?.[1]).toBe(answers.length);
  for (let cut = 1; cut < answers.length; cut++) {
    const parts = [answers.subarray(0, cut), answers.subarray(cut)];
    expect(statuses(parts).map(([status]) => status)).toEqual([200, 304, 204, 201, 503]);
  }
});

test('an answer that does not say how long it is cannot be measured', () => {
  const read = answerReader(() => undefined);
  expect(() => read(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('Content-Length');
});
