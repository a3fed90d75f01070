import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Task } from '../../src/contract/task.ts';
import { newUser, type RequestOptions, request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';

const canary = 'canary-7f3a91';

let server: RunningServer;
let ann: User;
let bob: User;
let secretTask: Task;

beforeAll(async () => {
  server = await startServer({ store: await freshStore() });
  ann = await newUser(server.origin);
  bob = await newUser(server.origin);
  const body = { title: `${canary} title`, description: `${canary} description` };
  secretTask = (await asAnn('', { body })).json;
});
afterAll(() => server.stop());

const asAnn = (path: string, options: RequestOptions = {}) =>
  request(server.origin, `/api/users/me/tasks${path}`, { token: ann.token, ...options });
const asBob = (path: string, options: RequestOptions = {}) =>
  request(server.origin, path, { token: bob.token, ...options });

const changes: [string, RequestOptions][] = [
  ['GET', {}],
  ['HEAD', { method: 'HEAD' }],
  ['PATCH', { method: 'PATCH', body: { title: 'taken' } }],
  [
    'PATCH with the right tag',
    { method: 'PATCH', body: { title: 'taken' }, headers: { 'if-match': '"1"' } },
  ],
  [
    'PATCH with any tag',
    { method: 'PATCH', body: { title: 'taken' }, headers: { 'if-match': '*' } },
  ],
  ['DELETE', { method: 'DELETE' }],
];

test.each(changes)("%s of another user's task under their path is 403", async (_, options) => {
  const { status, text } = await asBob(`/api/users/${ann.userId}/tasks/${secretTask.id}`, options);
  expect(status).toBe(403);
  expect(text).not.toContain(canary);
});

test.each(changes)(
  "%s of another user's task under one's own path is as if it never was",
  async (_, options) => {
    const foreign = await asBob(`/api/users/me/tasks/${secretTask.id}`, options);
    const absent = await asBob(`/api/users/me/tasks/${randomUUIDv7()}`, options);
    const seen = ({ status, headers, text }: typeof foreign) => ({
      status,
      headers: [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
      body: text.replace(/"(requestId|instance)":"[^"]*"/g, ''),
    });
    expect(foreign.status).toBe(404);
    expect(seen(foreign)).toEqual(seen(absent));
  },
);

test("another user's list and their creating are 403, whether that user exists or not", async () => {
  for (const userId of [ann.userId, 'nobody', `${bob.userId} `, bob.userId.toUpperCase(), 'ME']) {
    const path = `/api/users/${encodeURIComponent(userId)}/tasks`;
    for (const options of [{}, { body: { title: 'planted' } }, { body: { nonsense: 1 } }]) {
      const { status, json } = await asBob(path, options);
      expect([status, json.code]).toEqual([403, 'not_your_resource']);
    }
  }
});

test('what belongs to another user is in no list, under any filter, order or page', async () => {
  await asBob('/api/users/me/tasks', { body: { title: "Bob's own" } });
  for (const query of ['', '?status=open', '?status=all&sort=oldest', '?limit=200', '?limit=1']) {
    const { status, text } = await asBob(`/api/users/me/tasks${query}`);
    expect(status).toBe(200);
    expect(text).not.toContain(canary);
    expect(text).not.toContain(secretTask.id);
  }
});

test('a task can have the id of a task of another user, and neither sees the other', async () => {
  const { id } = secretTask;
  const made = await asBob('/api/users/me/tasks', { body: { id, title: "Bob's" } });
  expect([made.status, made.json.title]).toEqual([201, "Bob's"]);
  expect((await asBob(`/api/users/me/tasks/${id}`, { method: 'DELETE' })).status).toBe(204);
});

test('after all that the other user has exactly what they had', async () => {
  expect((await asAnn('')).json).toEqual({ data: [secretTask], nextCursor: null });
});
