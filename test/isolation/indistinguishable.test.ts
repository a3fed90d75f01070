import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationId, type Route, routes } from '../../src/contract/routes.ts';
import type { User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { callOf } from './matrix/attacks.ts';
import { exchange, type Received, type Sent } from './matrix/exchange.ts';
import { plantVictim, type Victim } from './matrix/people.ts';
import { type StoredRows, storedRows } from './stored-rows.ts';

// Closes, of the threats to isolation: "the answer tells whether the other user or task exists
// (status, body, timing, ETag)", but for the time, which has a test of its own.

let server: RunningServer;
let rows: StoredRows;
let victim: Victim;
let caller: User;

beforeAll(async () => {
  const store = await freshStore();
  server = await startServer({ store });
  rows = await storedRows(store, server);
  victim = await plantVictim(server.origin);
  caller = await newUser(server.origin);
});
afterAll(async () => {
  await rows?.close();
  await server?.stop();
});

const ownerRoutes = Object.entries<Route>(routes).filter(([, { access }]) => access === 'owner');
const itemOperations = ownerRoutes
  .filter(([, { params = {} }]) => Object.keys(params).length > 1)
  .map(([id]) => id as OperationId);
const operations = ownerRoutes.map(([id]) => id as OperationId);

/** Everything a client sees, but the moment, the request's own id and the ids it sent itself. */
function seen({ status, rawHeaders, body }: Received, ids: Record<string, string>) {
  const hide = (text: string) =>
    Object.entries(ids).reduce((hidden, [name, id]) => hidden.replaceAll(id, `{${name}}`), text);
  const headers = rawHeaders.flatMap((name, index) => {
    if (index % 2 === 1) return [];
    const own = /^(date|x-request-id)$/i.test(name);
    return [`${name}: ${own ? '' : hide(rawHeaders[index + 1] ?? '')}`];
  });
  return { status, headers, body: hide(body).replace(/"requestId":"[0-9a-f-]{36}"/, '') };
}

/** The same call for two sets of ids, each with the tags that it might be tried with. */
async function answersTo(
  id: OperationId,
  params: Record<string, string>,
  change: (sent: Sent) => Sent,
) {
  const sent = change(callOf(id, { ...caller, params }));
  return seen(await exchange(server.origin, sent), params);
}

const asItStands = (sent: Sent): Sent => sent;
const withHeader =
  (name: string, value: () => string) =>
  (sent: Sent): Sent => ({ ...sent, headers: { ...sent.headers, [name]: value() } });
const variants: [string, (sent: Sent) => Sent][] = [
  ['as it stands', asItStands],
  ['with the right If-Match', withHeader('if-match', () => victim.taskETag)],
  ['with a stale If-Match', withHeader('if-match', () => '"999"')],
  ['with If-Match: *', withHeader('if-match', () => '*')],
  ['with the right If-None-Match', withHeader('if-none-match', () => victim.taskETag)],
  ['with If-None-Match: *', withHeader('if-none-match', () => '*')],
  ['as HEAD', (sent) => (sent.method === 'GET' ? { ...sent, method: 'HEAD' } : sent)],
  ['with a body that is not valid', (sent) => ({ ...sent, body: sent.body && '{"nonsense":1}' })],
  ['with an unknown parameter', (sent) => ({ ...sent, path: `${sent.path}?nonsense=1` })],
];

describe("a task of another user is as if it never was, under one's own path", () => {
  test.each(itemOperations.flatMap((id) => variants.map(([how, change]) => ({ id, how, change }))))(
    '$id $how',
    async ({ id, change }) => {
      const foreign = await answersTo(id, { ...victim.params, userId: 'me' }, change);
      const absent = await answersTo(id, { userId: 'me', taskId: randomUUIDv7() }, change);
      expect(foreign).toEqual(absent);
      expect(foreign.status).toBeGreaterThanOrEqual(400);
    },
  );
});

describe('a user who exists is as one who does not', () => {
  const nobody = 'Aq3xT0vGm2LrYbWc8KdN5hPzJsEuF7iO';
  test.each(operations.flatMap((id) => variants.map(([how, change]) => ({ id, how, change }))))(
    '$id $how',
    async ({ id, change }) => {
      const foreign = await answersTo(id, victim.params, change);
      const absent = await answersTo(id, { userId: nobody, taskId: randomUUIDv7() }, change);
      expect(foreign).toEqual(absent);
      expect(foreign.status).toBe(403);
    },
  );
});

test("another user's cursor and tags are as ones that never were", async () => {
  const listed = (query: string, tag: string) =>
    answersTo('listTasks', { userId: 'me' }, (sent) =>
      withHeader('if-none-match', () => tag)({ ...sent, path: `${sent.path}${query}` }),
    );
  const [digest = ''] = victim.cursor.split('.');
  const madeUp = victim.cursor.replace(digest, digest.replace(/./g, 'A'));
  expect(await listed(`?cursor=${victim.cursor}`, '"x"')).toEqual(
    await listed(`?cursor=${madeUp}`, '"x"'),
  );
  const tagged = await listed('', victim.listETag);
  expect(tagged).toEqual(await listed('', '"x"'));
  expect(tagged.status).toBe(200);
});

test("the tag of a list counts its owner's changes alone, and is nobody else's", async () => {
  const owners = await Promise.all([1, 2, 3].map(() => newUser(server.origin)));
  const as = (user: User, id: OperationId) =>
    exchange(server.origin, callOf(id, { ...user, params: { userId: 'me' } }));
  const tagOf = async (user: User) => {
    const { rawHeaders } = await as(user, 'listTasks');
    return rawHeaders[rawHeaders.indexOf('etag') + 1] ?? '';
  };
  const changes = [3, 1, 1];
  for (const [n, count] of changes.entries()) {
    const owner = owners[n];
    for (let change = 0; owner && change < count; change++) await as(owner, 'createTask');
  }
  const tags = await Promise.all(owners.map(tagOf));
  expect(tags.map((tag) => tag.split(/[."]/)[2])).toEqual(changes.map(String));
  expect(new Set(tags).size).toBe(3);
});

test('a task can have the id of a task of another user, and neither sees the other', async () => {
  const own = await newUser(server.origin);
  const before = await rows.of(victim.userId);
  const taskId = victim.params['taskId'] ?? '';
  const call = (id: OperationId, body?: object) =>
    exchange(server.origin, {
      ...callOf(id, { ...own, params: { userId: 'me', taskId } }),
      body: body && JSON.stringify(body),
    });
  const made = await call('createTask', { id: taskId, title: "Bob's" });
  expect([made.status, JSON.parse(made.body)]).toEqual([
    201,
    expect.objectContaining({ id: taskId, title: "Bob's", description: '', version: 1 }),
  ]);
  expect((await call('updateTask', { title: 'still his' })).status).toBe(200);
  expect(await rows.of(victim.userId)).toBe(before);
  expect((await call('deleteTask')).status).toBe(204);
  expect(await rows.of(victim.userId)).toBe(before);
});

test('what belongs to another user is in no list, under any filter, order or page', async () => {
  for (const query of ['', '?status=open', '?status=all&sort=oldest', '?limit=200', '?limit=1']) {
    const call = callOf('listTasks', { ...caller, params: { userId: 'me' } });
    const { status, body } = await exchange(server.origin, { ...call, path: call.path + query });
    expect([status, JSON.parse(body)]).toEqual([200, { data: [], nextCursor: null }]);
  }
});
