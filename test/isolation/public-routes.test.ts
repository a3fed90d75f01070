import type { FastifyInstance, HTTPMethods } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { problemPath, problems } from '../../src/contract/problem.ts';
import { type Route, routes } from '../../src/contract/routes.ts';
import { buildInProcess, type InProcess } from './in-process.ts';

/** Everything under /api that answers without an access token. */
const publicAddresses = new Set([
  '/api/openapi.json',
  '/api/docs',
  '/api/docs/style.css',
  '/api/problems',
  ...(Object.keys(problems) as (keyof typeof problems)[]).map(problemPath),
  // The issuer: its own sessions guard what is behind it.
  '/api/auth/*',
]);

let server: InProcess | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Builds the server and collects every route that anything registers on it. */
async function build(plant: (app: FastifyInstance) => void = () => undefined) {
  const served = new Set<string>();
  server = await buildInProcess('sqlite', (app) => {
    app.addHook('onRoute', ({ url }) => void served.add(url));
    plant(app);
  });
  return { app: server.app, served: [...served].filter((url) => url.startsWith('/api')) };
}

const tabled = Object.values<Route>(routes);
const fastifyPath = (template: string) => template.replaceAll(/\{(\w+)\}/g, ':$1');
const methodsOf = (url: string) =>
  tabled
    .filter(({ path, access }) => fastifyPath(path) === url && access === 'owner')
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));

/** The ways in that neither ask for a token nor are public by name. */
async function openDoors({ app, served }: Awaited<ReturnType<typeof build>>): Promise<string[]> {
  const open: string[] = [];
  for (const url of served.filter((address) => !publicAddresses.has(address))) {
    for (const method of app.supportedMethods) {
      const { statusCode, headers } = await app.inject({
        method: method as HTTPMethods, // What the app itself says it supports.
        url: url.replaceAll(/:\w+/g, 'me').replace('*', 'x'),
      });
      const asked = statusCode === 401 && headers['www-authenticate'] === 'Bearer realm="ownlist"';
      const closed = methodsOf(url).includes(method) ? asked : statusCode >= 400;
      if (!closed) open.push(`${method} ${url}: ${statusCode}`);
    }
  }
  return open;
}

describe('a route without authentication cannot exist', () => {
  test('every address under /api asks every method for a token, or is public by name', async () => {
    const built = await build();
    expect(await openDoors(built)).toEqual([]);
    // Were the list of what is served incomplete, the above would prove nothing.
    const owned = tabled.map(({ path }) => fastifyPath(path));
    expect(built.served).toEqual(expect.arrayContaining([...owned, ...publicAddresses]));
    const known = new Set([...owned, ...publicAddresses]);
    expect(built.served.filter((url) => !known.has(url))).toEqual([]);
  });

  test('the public addresses are served to anybody', async () => {
    const { app } = await build();
    for (const url of publicAddresses) {
      if (url.endsWith('*')) continue;
      expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200]);
    }
  });

  test('the route table has exactly one public operation', () => {
    const open = Object.entries<Route>(routes).filter(([, { access }]) => access === 'public');
    expect(open.map(([id]) => id)).toEqual(['getOpenApi']);
  });

  test('nothing else under /api is served, by the page either', async () => {
    const { app } = await build();
    for (const url of ['/api', '/api/', '/api/users', '/api/users/me', '/api/index.html']) {
      const { statusCode, headers } = await app.inject({ url, headers: { accept: 'text/html' } });
      expect([url, statusCode]).toEqual([url, 404]);
      expect(headers['content-type']).toContain('application/problem+json');
    }
  });

  test('a route that is planted past the table is found', async () => {
    const built = await build((app) => {
      app.get('/api/users/:userId/planted', async () => 'open to all');
    });
    expect(await openDoors(built)).toEqual([
      'GET /api/users/:userId/planted: 200',
      'HEAD /api/users/:userId/planted: 200',
    ]);
  });
});
