import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { ProblemError } from '../contract/problem-error.ts';
import { parseJsonBodies, requireMediaType } from './body.ts';

const json = 'application/json';
const mergePatch = 'application/merge-patch+json';

interface Sent {
  method?: 'POST' | 'PATCH';
  type?: string;
  accepted?: string[];
}

/** What the one route of an app makes of a body, and why it refuses it. */
async function answered(payload: string | Buffer, { method, type, accepted }: Sent) {
  const app = fastify();
  let problem: unknown;
  parseJsonBodies(app);
  app.setErrorHandler((error, _request, reply) => {
    problem = error;
    const known = error instanceof ProblemError;
    return reply.code(known ? error.status : 500).send({ headers: known ? error.headers : {} });
  });
  app.route({
    method: ['POST', 'PATCH'],
    url: '/',
    onRequest: async (request) => requireMediaType(request, accepted ?? [json]),
    handler: async ({ body }) => ({ body: body === undefined ? 'none' : body }),
  });
  const { statusCode, body } = await app.inject({
    method: method ?? 'POST',
    url: '/',
    ...(type !== undefined && { headers: { 'content-type': type } }),
    payload,
  });
  return { statusCode, body: JSON.parse(body), problem };
}

async function sent(payload: string | Buffer, type: string) {
  const { statusCode, body } = await answered(payload, { type });
  return [statusCode, body];
}

describe('a body', () => {
  test('of JSON is read as it stands', async () => {
    expect(await sent('{"a":[null,"\\u00e9é"]}', json)).toEqual([
      200,
      { body: { a: [null, 'éé'] } },
    ]);
  });

  test('that is empty is no body', async () => {
    expect(await sent('', json)).toEqual([200, { body: 'none' }]);
  });

  test.each([
    ['that is broken', Buffer.from('{"a":')],
    ['that is no JSON', Buffer.from('NaN')],
    ['that is deep', Buffer.from('['.repeat(100_000))],
    ['that is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['with an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['in UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ])('%s is refused', async (_, payload) => {
    expect((await sent(payload, json))[0]).toBe(400);
  });

  test('that cannot be read is told what one has to be, and keeps its cause for the log', async () => {
    expect((await answered('{"a":', { type: json })).problem).toMatchObject({
      name: 'ProblemError',
      message: 'The body is not valid JSON in UTF-8.',
      cause: expect.any(SyntaxError),
    });
  });

  test('of a type that nothing here reads is not read, whatever an operation takes', async () => {
    const { body, problem } = await answered('text', {
      type: 'text/plain',
      accepted: ['text/plain'],
    });
    expect(body).not.toHaveProperty('body');
    expect(problem).toMatchObject({ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' });
  });
});

describe('the media type', () => {
  test.each([
    json,
    'Application/JSON',
    `${json};charset=utf-8`,
    `${json};charset=utf8`,
    `${json}; charset="UTF-8"; q=1`,
  ])('%s is taken', async (type) => {
    expect((await sent('{}', type))[0]).toBe(200);
  });

  test.each([
    'text/plain',
    'application/jsonx',
    `${json};charset=latin1`,
    `${json};charset=utf-80`,
    `${json};charset=xutf-8`,
    `${json};charset=charset=utf-8`,
    `${json}, ${json}`,
    undefined,
  ])('%s is refused with those that are taken', async (type) => {
    const { statusCode, body } = await answered(Buffer.from('{}'), { ...(type && { type }) });
    expect([statusCode, body]).toEqual([415, { headers: { 'accept-post': json } }]);
  });

  test('of a change is refused by the header for changes, and in words that name each type', async () => {
    const accepted = [mergePatch, json];
    const { body, problem } = await answered('x', {
      method: 'PATCH',
      type: 'text/plain',
      accepted,
    });
    expect(body).toEqual({ headers: { 'accept-patch': `${mergePatch}, ${json}` } });
    expect(problem).toMatchObject({ message: `Send ${mergePatch} or ${json} in UTF-8.` });
  });
});
