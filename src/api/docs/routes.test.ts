import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemPath } from '../../contract/problem.ts';
import { type Route, routes } from '../../contract/routes.ts';
import { problemCodes } from './problem-page.ts';
import { docsRoutes } from './routes.ts';

const options = { origin: 'https://tasks.example', version: '1.2.3' };
let app: FastifyInstance;

beforeAll(async () => {
  app = fastify();
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ code: 'not_found' }));
  await app.register(docsRoutes(options));
});
afterAll(() => app.close());

const bodies: [path: string, contentType: string][] = [
  ['/api/docs', 'text/html; charset=utf-8'],
  ['/api/docs/style.css', 'text/css; charset=utf-8'],
  ['/api/problems', 'text/html; charset=utf-8'],
  ...problemCodes.map((code): [string, string] => [problemPath(code), 'text/html; charset=utf-8']),
];

describe('the routes of the documentation', () => {
  test.each(bodies)('%s is there for anybody, as %s', async (url, contentType) => {
    const answer = await app.inject({ url });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe(contentType);
    expect(answer.headers['cache-control']).toBe('no-cache');
    expect(answer.body).not.toBe('');
  });

  test('every address of the route table is left to the route table', () => {
    for (const { path: url, method } of Object.values<Route>(routes)) {
      expect(app.hasRoute({ url, method })).toBe(false);
    }
  });

  test.each(['nope', '__proto__', 'constructor', 'toString', 'TOKEN_MISSING', '%3Cscript%3E'])(
    'the unknown problem %s is answered like any unknown address',
    async (code) => {
      const answer = await app.inject({ url: `/api/problems/${code}` });
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toEqual({ code: 'not_found' });
    },
  );

  test.each([
    ['the same ETag', (etag: string) => etag],
    ['a list with a weak form of it', (etag: string) => `"other", W/${etag}`],
    ['*', () => '*'],
  ])('%s gives 304 without a body', async (_name, ifNoneMatch) => {
    const { etag = '' } = (await app.inject({ url: '/api/docs' })).headers;
    const headers = { 'if-none-match': ifNoneMatch(etag) };
    const answer = await app.inject({ url: '/api/docs', headers });
    expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([304, '', etag]);
  });

  test('another ETag gives the page', async () => {
    const headers = { 'if-none-match': '"other"' };
    expect((await app.inject({ url: '/api/docs', headers })).statusCode).toBe(200);
  });
});
