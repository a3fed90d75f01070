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

const send = (key: string, body: object, user = ann): Promise<Answer> =>
  request(server.origin, '/api/users/me/tasks', {
    token: user.token,
    body,
    headers: { 'idempotency-key': key },
  });

const titlesOf = async (user: User): Promise<string[]> => {
  const { json } = await request(server.origin, '/api/users/me/tasks?limit=200', {
    token: user.token,
  });
  return json.data.map(({ title }: { title: string }) => title);
};

test('the same request again gets the same answer, and makes no second task', async () => {
  const key = randomUUID();
  const first = await send(key, { title: 'once' });
  const again = await send(key, { title: 'once' });
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.json).toEqual(first.json);
  for (const name of ['etag', 'location']) {
    expect(again.headers.get(name)).toBe(first.headers.get(name));
  }
  expect(await titlesOf(ann)).toEqual(['once']);
});

test('the same answer is given although the task has changed or is gone since', async () => {
  const key = randomUUID();
  const { json } = await send(key, { title: 'once' });
  const path = `/api/users/me/tasks/${json.id}`;
  await request(server.origin, path, { token: ann.token, method: 'DELETE' });
  expect((await send(key, { title: 'once' })).json).toEqual(json);
  expect(await titlesOf(ann)).toEqual([]);
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

test('a key with another body is refused, and changes nothing', async () => {
  const key = randomUUID();
  await send(key, { title: 'once' });
  const { status, json } = await send(key, { title: 'something else' });
  expect([status, json.code]).toEqual([422, 'idempotency_key_reused']);
  expect(await titlesOf(ann)).toEqual(['once']);
});

test('a key is of one user: another one with the same key makes a task of their own', async () => {
  const key = randomUUID();
  const bob = await newUser(server.origin);
  await send(key, { title: 'of Ann' });
  expect((await send(key, { title: 'of Bob' }, bob)).json.title).toBe('of Bob');
  expect([await titlesOf(ann), await titlesOf(bob)]).toEqual([['of Ann'], ['of Bob']]);
});

test('different keys are different requests, and so is none', async () => {
  await send(randomUUID(), { title: 'twice' });
  await send(randomUUID(), { title: 'twice' });
  await request(server.origin, '/api/users/me/tasks', {
    token: ann.token,
    body: { title: 'none' },
  });
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
});

test.each(['', ' ', 'with space', 'é', 'x'.repeat(256), 'a, b'])('%j is no key', async (key) => {
  const { status, json } = await send(encodeHeader(key), { title: 'x' });
  expect([status, json.code]).toEqual([400, 'idempotency_key_invalid']);
  expect(await titlesOf(ann)).toEqual([]);
});

/** A header is bytes: what is not ASCII is sent as UTF-8. */
const encodeHeader = (text: string) => Buffer.from(text).toString('latin1');

test('the answer is kept when the server is killed and started again', async () => {
  const key = randomUUID();
  const first = await send(key, { title: 'once' });
  await server.kill();
  const env = { BETTER_AUTH_SECRET: server.secret };
  server = await startServer({ store, dataDir, env, port: server.port });
  expect((await send(key, { title: 'once' })).json).toEqual(first.json);
  expect(await titlesOf(ann)).toEqual(['once']);
});
