import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cable, layCable } from '../support/cable.ts';
import { request, type User } from '../support/client.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

let postgres: Postgres;
let cable: Cable;
let server: RunningServer;
let user: User;

beforeAll(async () => {
  postgres = await startPostgres();
  cable = await layCable(await postgres.createDatabase());
  server = await startServer({ store: { databaseUrl: cable.url } });
  user = await newUser(server.origin);
});
afterAll(async () => {
  await server?.stop();
  await cable?.cut();
  await postgres?.stop();
});

test('while the database is away, every answer that needs it is a 503 that says when to come back, and then all is well again', async () => {
  const { token, cookie, email, password } = user;
  const everything = () =>
    Promise.all([
      request(server.origin, '/api/users/me/tasks', { token }),
      request(server.origin, '/api/users/me/tasks', { token, body: { title: 'x' } }),
      request(server.origin, '/api/auth/token', { headers: { cookie } }),
      request(server.origin, '/api/auth/sign-in/email', {
        body: { email, password },
        headers: { origin: server.origin },
      }),
      request(server.origin, '/readyz'),
    ]);
  const statuses = async () => (await everything()).map(({ status }) => status);

  expect(await statuses()).toEqual([200, 201, 200, 200, 200]);
  await cable.cut();
  for (const { status, headers, json } of await everything()) {
    expect([status, json.code]).toEqual([503, 'unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await request(server.origin, '/livez')).status).toBe(200);
  await cable.mend();
  expect(await statuses()).toEqual([200, 201, 200, 200, 200]);
});

test('a session that cannot be read is not reported as signed out', async () => {
  await cable.cut();
  const { status } = await request(server.origin, '/api/auth/get-session', {
    headers: { cookie: user.cookie },
  });
  await cable.mend();
  expect(status).toBe(503);
});
