import { METHODS } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { exchange, type Sent } from './exchange.ts';
import { expectGoodManners } from './expectations.ts';
import { faults } from './faults.ts';
import { fuzzTimeoutMs, runs } from './runs.ts';

let server: RunningServer;
let user: User;

beforeAll(async () => {
  server = await startServer({ store: await freshStore() });
  user = await newUser(server.origin);
});
afterAll(() => server.stop());

const pieces = fc.constantFrom(
  ...['/', '//', '.', '..', '%2f', '%00', '%ff', '%', '%zz', '%5c', '\\', ';', ':', '*', '~', '"'],
  ...[
    'api',
    'users',
    'me',
    'tasks',
    'docs',
    'problems',
    'internal',
    'openapi.json',
    'auth',
    'token',
  ],
  ...['livez', 'readyz', 'assets', 'index.html', 'sign-in', 'email', '__proto__', 'constructor'],
  ...['x'.repeat(300), 'x'.repeat(5_000), '?', '?a=%ff', '&a=1&a=2'],
);
const paths = fc.array(pieces, { maxLength: 8 }).map((some) => `/${some.join('')}`);
const addresses = fc.constantFrom(
  ...['/livez', '/readyz', '/api/docs', '/api/problems/internal', '/api/openapi.json'],
  ...['/api/auth/token', '/api/auth/sign-in/email', '/api/auth/sign-up/email', '/api/auth/nothing'],
  ...['/api/users/me/tasks', '/api/users/me/tasks/x', '/', '/index.html', '/sign-in'],
);
/** CONNECT is no request for a path: `connections/protocol.test.ts` sends it. */
const methods = fc.constantFrom(...METHODS.filter((method) => method !== 'CONNECT'));
const bodies = fc.oneof(
  fc.json().map((json) => Buffer.from(json)),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(Buffer.alloc(0), Buffer.alloc(300_000, '['), Buffer.alloc(20_000, '{"a":')),
);
const types = fc.constantFrom('application/json', 'text/plain', '', 'multipart/form-data', 'a/b');

const sends: fc.Arbitrary<Sent> = fc
  .record({
    method: fc.oneof(methods, fc.constantFrom('GET', 'POST')),
    path: fc.oneof(paths, addresses),
    type: types,
    html: fc.boolean(),
    signedIn: fc.boolean(),
    body: fc.option(bodies, { nil: undefined }),
  })
  .map(({ method, path, type, html, signedIn, body }) => ({
    method,
    path,
    headers: [
      ['Content-Type', type],
      ['Accept', html ? 'text/html' : '*/*'],
      ['Origin', server.origin],
      ...(signedIn ? [['Authorization', `Bearer ${user.token}`] as const] : []),
    ] as Sent['headers'],
    body,
  }));

test(
  'whatever is sent to whatever address has an answer, and no refusal without a problem',
  async () => {
    const property = fc.asyncProperty(sends, async (sent) => {
      expectGoodManners(await exchange(server.port, sent));
    });
    await fc.assert(property, runs(1_000));
    expect((await request(server.origin, '/livez')).status).toBe(200);
    expect(faults(server.output())).toEqual([]);
  },
  fuzzTimeoutMs,
);

test.each([
  ['/livez', 'GET, HEAD'],
  ['/readyz', 'GET, HEAD'],
  ['/api/docs', 'GET, HEAD'],
  ['/api/problems/internal', 'GET, HEAD'],
  ['/api/openapi.json', 'GET, HEAD'],
  ['/api/auth/token', 'GET, POST, HEAD'],
  ['/api/users/me/tasks', 'GET, HEAD, POST'],
  ['/api/users/me/tasks/x', 'GET, HEAD, PATCH, DELETE'],
])('%s names the methods it takes to every other one', async (path, allow) => {
  const taken = allow.split(', ');
  for (const method of METHODS.filter((one) => one !== 'CONNECT' && !taken.includes(one))) {
    const received = await exchange(server.port, { method, path, headers: [] });
    expectGoodManners(received);
    expect([method, received.status]).toEqual([method, 405]);
    expect(received.header('allow')?.split(', ').toSorted()).toEqual(taken.toSorted());
  }
});

test.each(['/index.html/%00', '/%00', '/assets/%00.js', '/..%5c', '//'])(
  'an address that can be no file is 404: %s',
  async (path) => {
    const received = await exchange(server.port, { method: 'GET', path, headers: [] });
    expectGoodManners(received);
    expect(received.status).toBe(404);
  },
);

test.each([
  ['application/json', '{'],
  ['application/json', ''],
  ['text/plain', 'text'],
  ['multipart/form-data', '--'],
])('an address of nothing is 404, also for a body of %s that is %j', async (type, body) => {
  for (const [method, path] of [
    ['POST', '/nothing'],
    ['OPTIONS', '/index.html'],
    ['PUT', '/api/nothing'],
  ] as const) {
    const headers: Sent['headers'] = [['Content-Type', type]];
    const received = await exchange(server.port, {
      method,
      path,
      headers,
      body: Buffer.from(body),
    });
    expectGoodManners(received);
    expect(received.status).toBe(404);
  }
});
