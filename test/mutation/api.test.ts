import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressPolicy, userPolicy } from '../../src/api/limits/limits.ts';
import { request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

// What the API itself does with a request, in this process, for `npm run mutate`: the suites over
// servers in processes of their own prove the same and more, and no mutant reaches those.

let server: RunningServer;
let ann: User;
const tasks = (path = '', options = {}) =>
  request(server.origin, `/api/users/me/tasks${path}`, { token: ann.token, ...options });

async function start(env = {}): Promise<void> {
  server = await startServer({ env });
  ann = await newUser(server.origin);
}
afterEach(() => server.stop());

describe('a request', () => {
  beforeEach(() => start());

  test('under the path of another user is refused, under that of the caller and me it is not', async () => {
    const bob = await newUser(server.origin);
    const as = (userId: string) =>
      request(server.origin, `/api/users/${userId}/tasks`, { token: ann.token });
    const refused = await as(bob.userId);
    expect([refused.status, refused.json.code, refused.json.detail]).toEqual([
      403,
      'not_your_resource',
      'The path names another user.',
    ]);
    expect((await as(ann.userId)).status).toBe(200);
    expect((await as('me')).status).toBe(200);
    expect((await request(server.origin, `/api/users/${ann.userId}/tasks`)).status).toBe(401);
  });

  test('to a public operation needs no token', async () => {
    const { status, json, headers } = await request(server.origin, '/api/openapi.json');
    expect([status, json.openapi]).toEqual([200, '3.1.1']);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('that is refused has a page that explains why', async () => {
    const { json } = await tasks('/nonsense');
    expect(json.type).toBe(`${server.origin}/api/problems/not_found`);
    expect((await request(server.origin, new URL(json.type).pathname)).status).toBe(200);
  });

  test('for an id that no task can have says what one for an absent task says', async () => {
    const ids = [
      'nonsense',
      '00000000-0000-7000-8000-000000000000',
      'x00000000-0000-7000-8000-000000000000',
    ];
    for (const id of ids) {
      const { status, json } = await tasks(`/${id}`);
      expect([status, json.code, json.detail]).toEqual([
        404,
        'not_found',
        'There is no such task.',
      ]);
    }
  });

  test('to delete has no body, and so has its answer', async () => {
    const { json } = await tasks('', { body: { title: 'x' } });
    const { status, text, headers } = await tasks(`/${json.id}`, { method: 'DELETE', body: '{' });
    expect([status, text, headers.get('content-type')]).toEqual([204, '', null]);
  });

  test('for what has not changed is answered with its tag alone', async () => {
    const { json } = await tasks('', { body: { title: 'x' } });
    for (const path of ['', `/${json.id}`]) {
      const etag = (await tasks(path)).headers.get('etag') ?? 'none';
      const again = await tasks(path, { headers: { 'if-none-match': etag } });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);
      expect(etag).toMatch(path === '' ? /^"[0-9a-f]{16}\.1"$/ : /^"1"$/);
    }
  });

  test('under any tag is made whatever the version, and under an old one not', async () => {
    const { json } = await tasks('', { body: { title: 'x' } });
    const change = (tag: string) =>
      tasks(`/${json.id}`, { method: 'PATCH', body: { title: 'y' }, headers: { 'if-match': tag } });
    expect((await change('*')).status).toBe(200);
    const stale = await change('"1"');
    expect([stale.status, stale.json.detail]).toEqual([
      412,
      'If-Match names a version that is not the current one.',
    ]);
    expect((await change('"2"')).status).toBe(200);
  });

  test('that takes an id which is taken says which member is wrong', async () => {
    const { json } = await tasks('', { body: { title: 'x' } });
    const again = await tasks('', { body: { id: json.id, title: 'y' } });
    expect(again.json).toMatchObject({
      status: 409,
      detail: 'You already have a task with this id.',
      errors: [{ pointer: '/id', code: 'taken', message: 'is the id of another task' }],
    });
  });
});

describe('with the limits on', () => {
  beforeEach(() => start({ RATE_LIMIT: 'on' }));

  test('each answer says what is left of which', async () => {
    const open = await request(server.origin, '/api/openapi.json');
    expect(open.status).toBe(200);
    expect(open.headers.get('ratelimit')).toMatch(/^"address";r=1199;t=\d+$/);
    expect(open.headers.get('ratelimit-policy')).toBe(`"address";q=${addressPolicy.quota};w=60`);
    const own = await tasks();
    expect(own.headers.get('ratelimit')).toMatch(/^"user";r=599;t=\d+$/);
    expect(own.headers.get('ratelimit-policy')).toBe(`"user";q=${userPolicy.quota};w=60`);
  });
});
