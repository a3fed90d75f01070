import fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { ProblemError } from '../contract/problem-error.ts';
import { parseJsonBodies, requireMediaType } from './body.ts';

/** What the one route of an app makes of a body. */
async function sent(payload: string | Buffer, type: string, accepted = ['application/json']) {
  const app = fastify();
  parseJsonBodies(app);
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof ProblemError;
    return reply.code(known ? error.status : 500).send({ headers: known ? error.headers : {} });
  });
  app.post('/', {
    onRequest: async (request) => requireMediaType(request, accepted),
    handler: async ({ body }) => ({ body: body === undefined ? 'none' : body }),
  });
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': type },
    payload,
  });
  return [statusCode, JSON.parse(body)];
}

const json = 'application/json';

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
});

describe('the media type', () => {
  test.each([json, 'Application/JSON', `${json};charset=utf-8`, `${json}; charset="UTF-8"; q=1`])(
    '%s is taken',
    async (type) => {
      expect((await sent('{}', type))[0]).toBe(200);
    },
  );

  test.each(['text/plain', 'application/jsonx', `${json};charset=latin1`, `${json}, ${json}`])(
    '%s is refused with those that are taken',
    async (type) => {
      expect(await sent('{}', type)).toEqual([415, { headers: { 'accept-post': json } }]);
    },
  );
});
