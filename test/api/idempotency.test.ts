import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore, type Store } from '../support/store.ts';
import { newUser } from '../support/users.ts';

let store: Store;
let dataDir: string;
let server: RunningServer;
let ann: User;

beforeAll(async () => {
  store = await freshStore();
  dataDir = mkdtempSync(join(tmpdir(), 'ownlist-idempotency-'));
  server = await startServer({ store, dataDir });
});
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true });
});
beforeEach(async () => {
  ann = await newUser(server.origin);
});

const tasks = '/api/users/me/tasks';

/** A request as it is sent, and sent again, apart from its key. */
interface Sending {
  method: string;
  path: string;
  body?: object;
  ifMatch?: string;
}

const sendWith = (
  key: string | undefined,
  { method, path, body, ifMatch }: Sending,
  user = ann,
): Promise<Answer> =>
  request(server.origin, path, {
    token: user.token,
    method,
    body,
    headers: {
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    },
  });

const creation = (body: object): Sending => ({ method: 'POST', path: tasks, body });
const change = (id: string, body: object, ifMatch?: string): Sending => ({
  method: 'PATCH',
  path: `${tasks}/${id}`,
  body,
  ...(ifMatch !== undefined && { ifMatch }),
});
const deletion = (id: string, ifMatch?: string): Sending => ({
  method: 'DELETE',
  path: `${tasks}/${id}`,
  ...(ifMatch !== undefined && { ifMatch }),
});

const send = (key: string, body: object, user = ann) => sendWith(key, creation(body), user);
const make = async (title: string, user = ann): Promise<{ id: string }> =>
  (await sendWith(undefined, creation({ title }), user)).json;

/** The tasks of a user, with the tag that counts their changes. */
const listOf = async (user: User) => {
  const { json, headers } = await request(server.origin, `${tasks}?limit=200`, {
    token: user.token,
  });
  return { tasks: json.data, etag: headers.get('etag') };
};
const titlesOf = async (user: User): Promise<string[]> =>
  (await listOf(user)).tasks.map(({ title }: { title: string }) => title);

/** What a client sees of an answer, but for the moment and the request's own id. */
const seen = ({ status, text, headers }: Answer) => ({
  status,
  text,
  headers: ['etag', 'location', 'content-type'].map((name) => headers.get(name)),
});

/** Each operation that takes a key, with a change elsewhere that follows it. */
const operations = [
  {
    name: 'createTask',
    status: 201,
    sending: () => creation({ title: 'once' }),
    elsewhere: (_id: string, made: string) => change(made, { title: 'changed since' }),
  },
  {
    name: 'updateTask',
    status: 200,
    sending: (id: string) => change(id, { title: 'once' }),
    elsewhere: (id: string) => change(id, { title: 'changed since' }),
  },
  {
    name: 'deleteTask',
    status: 204,
    sending: (id: string) => deletion(id),
    elsewhere: (id: string) => creation({ id, title: 'made again since' }),
  },
];

describe.each(operations)('$name', ({ status, sending, elsewhere }) => {
  test('is carried out once: the same request again gets the same answer', async () => {
    const [key, { id }] = [randomUUID(), await make('there before')];
    const first = await sendWith(key, sending(id));
    const before = await listOf(ann);
    expect(first.status).toBe(status);
    expect(seen(await sendWith(key, sending(id)))).toEqual(seen(first));
    expect(await listOf(ann)).toEqual(before);
  });

  test('gets the same answer although its task has changed since, and leaves that change', async () => {
    const [key, { id }] = [randomUUID(), await make('there before')];
    const first = await sendWith(key, sending(id));
    const other = await sendWith(undefined, elsewhere(id, first.json?.id));
    expect(other.status).toBeLessThan(300);
    const before = await listOf(ann);
    expect(seen(await sendWith(key, sending(id)))).toEqual(seen(first));
    expect(await listOf(ann)).toEqual(before);
  });

  test('gets the same answer when the server was killed and started again', async () => {
    const [key, { id }] = [randomUUID(), await make('there before')];
    const first = await sendWith(key, sending(id));
    const before = await listOf(ann);
    await server.kill();
    const env = { BETTER_AUTH_SECRET: server.secret };
    server = await startServer({ store, dataDir, env, port: server.port });
    expect(seen(await sendWith(key, sending(id)))).toEqual(seen(first));
    expect(await listOf(ann)).toEqual(before);
  });

  test('is the same request by the id of the caller as by me', async () => {
    const [key, { id }] = [randomUUID(), await make('there before')];
    const first = await sendWith(key, sending(id));
    const path = sending(id).path.replace('/me/', `/${ann.userId}/`);
    expect(seen(await sendWith(key, { ...sending(id), path }))).toEqual(seen(first));
  });

  test('by another user with the same key is a request of their own', async () => {
    const [key, bob] = [randomUUID(), await newUser(server.origin)];
    const [{ id }, { id: bobs }] = [await make('of Ann'), await make('of Bob', bob)];
    const first = await sendWith(key, sending(id));
    const before = await listOf(ann);
    const other = await sendWith(key, sending(bobs), bob);
    expect(other.status).toBe(status);
    expect(other.json?.id).not.toBe(first.json?.id ?? 'none');
    expect((await listOf(bob)).etag).toMatch(/\.2"$/);
    expect(await listOf(ann)).toEqual(before);
  });

  test('by another operation with the same key is another request', async () => {
    const [key, { id }] = [randomUUID(), await make('there before')];
    for (const one of operations) {
      expect((await sendWith(key, one.sending(id))).status).toBe(one.status);
    }
    expect(await titlesOf(ann)).toEqual(['once']);
  });
});

describe('a change whose answer was lost', () => {
  test('gets that answer when it is sent again with its If-Match, rather than a 412', async () => {
    const [key, { id }] = [randomUUID(), await make('first')];
    const lost = await sendWith(key, change(id, { title: 'second' }, '"1"'));
    expect([lost.status, lost.json.version]).toEqual([200, 2]);
    expect((await sendWith(undefined, change(id, { title: 'second' }, '"1"'))).status).toBe(412);
    expect(seen(await sendWith(key, change(id, { title: 'second' }, '"1"')))).toEqual(seen(lost));
  });

  test('is the deletion it was when it is sent again, rather than a 404', async () => {
    const [key, { id }] = [randomUUID(), await make('first')];
    expect((await sendWith(key, deletion(id, '"1"'))).status).toBe(204);
    expect((await sendWith(undefined, deletion(id, '"1"'))).status).toBe(404);
    const again = await sendWith(key, deletion(id, '"1"'));
    expect([again.status, again.text]).toEqual([204, '']);
  });

  test('is made once by fifty sendings at once, each answered with it or told to come back', async () => {
    const [key, { id }] = [randomUUID(), await make('first')];
    const sending = change(id, { title: 'second' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => sendWith(key, sending)));
    const changed = answers.filter(({ status }) => status === 200);
    const waiting = answers.filter(({ json }) => json.code === 'idempotency_in_flight');
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.length + waiting.length).toBe(50);
    expect(new Set(changed.map(({ json }) => json.version))).toEqual(new Set([2]));
    expect((await sendWith(undefined, { method: 'GET', path: sending.path })).json.version).toBe(2);
  });
});

describe('a key with another request is refused, and changes nothing', () => {
  const reused = async (key: string, sending: Sending) => {
    const before = await listOf(ann);
    const { status, json } = await sendWith(key, sending);
    expect([status, json.code]).toEqual([422, 'idempotency_key_reused']);
    expect(await listOf(ann)).toEqual(before);
  };

  test('with another body', async () => {
    const [key, { id }] = [randomUUID(), await make('first')];
    await send(key, { title: 'once' });
    await reused(key, creation({ title: 'something else' }));
    await sendWith(key, change(id, { title: 'once' }));
    await reused(key, change(id, { title: 'something else' }));
    await reused(key, change(id, { title: 'once', completed: true }));
  });

  test('about another task', async () => {
    const [key, { id }, { id: other }] = [randomUUID(), await make('a'), await make('b')];
    await sendWith(key, change(id, { title: 'once' }));
    await reused(key, change(other, { title: 'once' }));
    await sendWith(key, deletion(id));
    await reused(key, deletion(other));
  });

  test.each(['"2"', '*', undefined])('with another If-Match: %s', async (ifMatch) => {
    const [key, { id }, { id: doomed }] = [randomUUID(), await make('a'), await make('b')];
    expect((await sendWith(key, change(id, { title: 'once' }, '"1"'))).status).toBe(200);
    await reused(key, change(id, { title: 'once' }, ifMatch));
    expect((await sendWith(key, deletion(doomed, '"2", "9"'))).status).toBe(204);
    await reused(key, deletion(doomed, ifMatch));
  });
});

test('fifty sent at once make one task, and each is answered with it or told to come back', async () => {
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(key, { title: 'once' })));
  const made = answers.filter(({ status }) => status === 201);
  const waiting = answers.filter(({ status }) => status === 409);
  expect(made.length).toBeGreaterThan(0);
  expect(made.length + waiting.length).toBe(50);
  expect(new Set(made.map(({ json }) => json.id)).size).toBe(1);
  for (const { json, headers } of waiting) {
    expect(json.code).toBe('idempotency_in_flight');
    expect(headers.get('retry-after')).toBe('1');
  }
  expect(await titlesOf(ann)).toEqual(['once']);
  expect((await send(key, { title: 'once' })).status).toBe(201);
});

test('different keys are different requests, and so is none', async () => {
  await send(randomUUID(), { title: 'twice' });
  await send(randomUUID(), { title: 'twice' });
  await make('none');
  expect(await titlesOf(ann)).toEqual(['none', 'twice', 'twice']);
});

describe('a request that was refused leaves its key free', () => {
  test('when its body was not valid', async () => {
    const key = randomUUID();
    expect((await send(key, { title: '' })).status).toBe(422);
    expect((await send(key, { title: 'mended' })).status).toBe(201);
  });

  test('when its id was taken', async () => {
    const [key, id] = [randomUUID(), randomUUIDv7()];
    await send(randomUUID(), { id, title: 'first' });
    expect((await send(key, { id, title: 'second' })).json.code).toBe('task_exists');
    expect((await send(key, { title: 'second' })).status).toBe(201);
  });

  test('when its If-Match was stale: it is corrected, and sent again', async () => {
    const [key, { id }] = [randomUUID(), await make('first')];
    expect((await sendWith(key, change(id, { title: 'second' }, '"9"'))).status).toBe(412);
    const corrected = await sendWith(key, change(id, { title: 'second' }, '"1"'));
    // The refused one has not even counted.
    expect([corrected.status, corrected.json.version]).toEqual([200, 2]);
    expect((await sendWith(key, deletion(id, '"1"'))).status).toBe(412);
    expect((await sendWith(key, deletion(id, '"2"'))).status).toBe(204);
  });

  test('when its task was not there', async () => {
    const [key, id] = [randomUUID(), randomUUIDv7()];
    expect((await sendWith(key, change(id, { title: 'second' }))).status).toBe(404);
    expect((await sendWith(key, deletion(id))).status).toBe(404);
    await send(randomUUID(), { id, title: 'first' });
    expect((await sendWith(key, change(id, { title: 'second' }))).json.version).toBe(2);
    expect((await sendWith(key, deletion(id))).status).toBe(204);
  });
});

test.each(['', ' ', 'with space', 'é', 'x'.repeat(256), 'a, b'])('%j is no key', async (key) => {
  const { id } = await make('there before');
  for (const { sending } of operations) {
    const { status, json } = await sendWith(encodeHeader(key), sending(id));
    expect([status, json.code]).toEqual([400, 'idempotency_key_invalid']);
  }
  expect(await titlesOf(ann)).toEqual(['there before']);
});

/** A header is bytes: what is not ASCII is sent as UTF-8. */
const encodeHeader = (text: string) => Buffer.from(text).toString('latin1');
