import { afterAll, beforeAll, expect, test } from 'vitest';
import { request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';

// The first pages of lists are kept in memory as they were sent. Nobody may be given another's, and
// nobody one that is no longer right.

let server: RunningServer;
/** Another process on the same store. */
let neighbour: RunningServer;

beforeAll(async () => {
  const store = await freshStore();
  server = await startServer({ store });
  const { origin, secret, dataDir } = server;
  const env = { BETTER_AUTH_URL: origin, BETTER_AUTH_SECRET: secret };
  neighbour = await startServer({ store, dataDir, env });
});
afterAll(async () => {
  await neighbour?.stop();
  await server?.stop();
});

const forms = ['', '?status=open', '?status=completed', '?sort=oldest', '?limit=1', '?limit=200'];

async function titles({ token, userId }: User, form = '', by = server): Promise<string[]> {
  const user = Math.random() < 0.5 ? 'me' : encodeURIComponent(userId);
  const { json } = await request(by.origin, `/api/users/${user}/tasks${form}`, { token });
  return json.data.map(({ title }: { title: string }) => title);
}

async function create({ token }: User, body: object, headers = {}, by = server) {
  const answer = await request(by.origin, '/api/users/me/tasks', { token, body, headers });
  expect(answer.status).toBe(201);
  return answer.json as { id: string };
}

async function change({ token }: User, id: string, by: RunningServer, method: string) {
  const body = method === 'PATCH' ? { completed: true } : undefined;
  const { status } = await request(by.origin, `/api/users/me/tasks/${id}`, { token, method, body });
  expect(status).toBeLessThan(300);
}

test('people with as many changes each read their own tasks, however often and together', async () => {
  const people = await Promise.all(Array.from({ length: 4 }, () => newUser(server.origin)));
  for (const user of people) await create(user, { title: user.userId });
  const rounds = Array.from({ length: 10 }, () => people).flat();
  for (const form of forms) {
    const seen = await Promise.all(rounds.map((user) => titles(user, form)));
    const own = form === '?status=completed' ? () => [] : ({ userId }: User) => [userId];
    expect(seen).toEqual(rounds.map(own));
  }
});

test("whoever sends another's tag gets their own tasks", async () => {
  const [ann, bob] = [await newUser(server.origin), await newUser(server.origin)];
  for (const user of [ann, bob]) {
    await create(user, { title: user.userId });
    await titles(user);
  }
  const { headers } = await request(server.origin, '/api/users/me/tasks', { token: ann.token });
  const foreign = await request(server.origin, '/api/users/me/tasks', {
    token: bob.token,
    headers: { 'if-none-match': headers.get('etag') ?? '' },
  });
  expect(foreign.status).toBe(200);
  expect(foreign.json.data).toMatchObject([{ title: bob.userId }]);
});

test.each(['the same', 'another'])(
  'a change by %s process is in every list that is read after it',
  async (which) => {
    const by = which === 'another' ? neighbour : server;
    const user = await newUser(server.origin);
    const read = () => Promise.all(forms.map((form) => titles(user, form)));
    expect(await read()).toEqual([[], [], [], [], [], []]);

    const { id } = await create(user, { title: 'a' }, {}, by);
    expect(await read()).toEqual([['a'], ['a'], [], ['a'], ['a'], ['a']]);
    await create(user, { title: 'b' }, { 'idempotency-key': 'a-key' }, by);
    expect(await read()).toEqual([['b', 'a'], ['b', 'a'], [], ['a', 'b'], ['b'], ['b', 'a']]);
    await change(user, id, by, 'PATCH');
    expect(await read()).toEqual([['b', 'a'], ['b'], ['a'], ['a', 'b'], ['b'], ['b', 'a']]);
    await change(user, id, by, 'DELETE');
    expect(await read()).toEqual([['b'], ['b'], [], ['b'], ['b'], ['b']]);
  },
);

test('after changes at once, by two processes and with keys, both list what the store has', async () => {
  const user = await newUser(server.origin);
  const { token } = user;
  const idOf = (n: number) => `01a1fcc4-a1ed-7f57-bb46-0000000000${10 + n}`;
  const change = async (n: number, by: RunningServer) => {
    const path = `/api/users/me/tasks/${idOf(n % 8)}`;
    const headers = n % 3 === 0 ? { 'idempotency-key': `key-${n}-${Math.random()}` } : {};
    const send = (rest: object, to = path) => request(by.origin, to, { token, headers, ...rest });
    const sent =
      n % 5 === 0
        ? send({ method: 'DELETE' })
        : n % 5 === 1
          ? send({ method: 'PATCH', body: { title: `edit ${n}` } })
          : n % 5 === 2
            ? send({ method: 'PATCH', body: { completed: n % 2 === 0 } })
            : send({ body: { id: idOf(n % 8), title: `task ${n}` } }, '/api/users/me/tasks');
    expect((await sent).status).toBeLessThan(500);
  };
  const read = async (by: RunningServer, form: string) => {
    const { json, headers } = await request(by.origin, `/api/users/me/tasks${form}`, { token });
    return { ...json, tag: headers.get('etag') };
  };
  const short = ['', '?status=open&limit=2', '?status=completed', '?sort=oldest&limit=3'];
  for (let round = 0; round < 25; round++) {
    // Every second round is this process's alone, in which it can know every change.
    const by = (n: number) => (round % 2 === 0 && n % 4 === 0 ? neighbour : server);
    const numbers = Array.from({ length: 16 }, (_, n) => round * 7 + n);
    await Promise.all([
      ...numbers.map((n) => change(n, by(n))),
      ...short.map((form) => read(server, form)),
    ]);
    for (const form of short) {
      // The neighbour knows none of these changes, and reads them.
      expect(await read(server, form)).toEqual(await read(neighbour, form));
    }
  }
});

test('a page from memory is the same answer, byte for byte, and has a request id of its own', async () => {
  const user = await newUser(server.origin);
  for (const title of ['a', 'ä"\\', '🙂']) await create(user, { title, description: title });
  const read = () => request(server.origin, '/api/users/me/tasks', { token: user.token });
  const [first, again] = [await read(), await read()];
  const headersOf = ({ headers }: typeof first) =>
    [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date');
  expect(again.text).toBe(first.text);
  expect(headersOf(again)).toEqual(headersOf(first));
  expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
});
