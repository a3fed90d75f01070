import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Task } from '../../src/contract/task.ts';
import { type Answer, type RequestOptions, request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';

let server: RunningServer;
let user: User;

beforeAll(async () => {
  server = await startServer({ store: await freshStore() });
});
afterAll(() => server.stop());
beforeEach(async () => {
  user = await newUser(server.origin);
});

const tasks = (path = '', options: RequestOptions = {}): Promise<Answer> =>
  request(server.origin, `/api/users/me/tasks${path}`, { token: user.token, ...options });

async function create(body: object): Promise<Task> {
  const answer = await tasks('', { body });
  expect(answer.status).toBe(201);
  return answer.json;
}

const patch = (id: string, body: unknown, headers = {}) =>
  tasks(`/${id}`, { method: 'PATCH', body, headers });

describe('creating', () => {
  test('a task comes back whole, with its address and its tag', async () => {
    const before = Date.now();
    const { status, headers, json } = await tasks('', { body: { title: 'Buy milk' } });
    expect(status).toBe(201);
    expect(json).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      title: 'Buy milk',
      description: '',
      completed: false,
      completedAt: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: json.createdAt,
      version: 1,
    });
    expect(Date.parse(json.createdAt)).toBeGreaterThanOrEqual(before);
    expect(headers.get('location')).toBe(`/api/users/${user.userId}/tasks/${json.id}`);
    expect(headers.get('etag')).toBe(`"${json.version}"`);
    const read = await request(server.origin, headers.get('location') ?? '', { token: user.token });
    expect(read.json).toEqual(json);
    expect(read.headers.get('etag')).toBe(headers.get('etag'));
  });

  test('the client may give the id, once', async () => {
    const id = randomUUIDv7();
    expect((await create({ id, title: 'Mine' })).id).toBe(id);
    const again = await tasks('', { body: { id, title: 'Again' } });
    expect([again.status, again.json.code]).toEqual([409, 'task_exists']);
    expect((await tasks(`/${id}`)).json.title).toBe('Mine');
  });

  test('a task can be created completed', async () => {
    const task = await create({ title: 'Done', completed: true });
    expect(task).toMatchObject({ completed: true, completedAt: task.createdAt });
  });

  test.each([
    '  spaces kept  ',
    'Ω≈ç√ 日本語 العربية 👩‍👩‍👧‍👦',
    '<script>alert(1)</script> & "quotes" \'too\'',
    "'; drop table tasks; --",
    'tab\there\nnewline\u2028separator',
    '\u0001\u0007\u001f control',
    'e\u0301 stays apart from é',
    '\uFEFFbyte order mark',
    '🙂'.repeat(255),
  ])('text comes back exactly as it was sent: %j', async (title) => {
    const task = await create({ title, description: title });
    expect(task).toMatchObject({ title, description: title });
    expect((await tasks(`/${task.id}`)).json).toMatchObject({ title, description: title });
  });

  test.each([
    ['no title', {}, '/title', 'required'],
    ['an empty title', { title: '' }, '/title', 'too_short'],
    ['a title of white space', { title: ' \t\n\u00a0' }, '/title', 'text'],
    ['a title of 256 characters', { title: '🙂'.repeat(256) }, '/title', 'too_long'],
    ['a title with NUL', { title: 'a\u0000b' }, '/title', 'text'],
    ['a title with a lone surrogate', { title: 'a\ud800b' }, '/title', 'text'],
    ['a title that is a number', { title: 5 }, '/title', 'type'],
    [
      'a description of 10 001 characters',
      { title: 'x', description: 'x'.repeat(10_001) },
      '/description',
      'too_long',
    ],
    ['a description with NUL', { title: 'x', description: '\u0000' }, '/description', 'pattern'],
    ['completed as text', { title: 'x', completed: 'true' }, '/completed', 'type'],
    [
      'an id of another version',
      { title: 'x', id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' },
      '/id',
      'pattern',
    ],
    ['an id in upper case', { title: 'x', id: randomUUIDv7().toUpperCase() }, '/id', 'pattern'],
    ['an unknown member', { title: 'x', 'a/b~c': 1 }, '/a~1b~0c', 'unknown'],
    ['a version', { title: 'x', version: 9 }, '/version', 'unknown'],
    ['an owner', { title: 'x', userId: 'somebody' }, '/userId', 'unknown'],
  ])('%s is refused with a pointer', async (_, body, pointer, code) => {
    const { status, json } = await tasks('', { body });
    expect([status, json.code]).toEqual([422, 'body_invalid']);
    expect(json.errors).toContainEqual({ pointer, code, message: expect.any(String) });
    expect((await tasks()).json.data).toEqual([]);
  });

  test('all that is wrong is named at once', async () => {
    const { json } = await tasks('', { body: { titel: 'x', completed: 1 } });
    expect(json.errors.map((error: { pointer: string }) => error.pointer).toSorted()).toEqual([
      '/completed',
      '/titel',
      '/title',
    ]);
  });

  test('the answer to a body with very many errors stays small', async () => {
    const body = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`member${n}`, n]));
    const { status, text } = await tasks('', { body });
    expect(status).toBe(422);
    expect(text.length).toBeLessThan(5_000);
  });
});

describe('a body', () => {
  test.each([
    ['that is broken', '{"title":', 400, 'request_malformed'],
    ['that is absent', '', 422, 'body_invalid'],
    ['that is null', 'null', 422, 'body_invalid'],
    ['that is a list', '[]', 422, 'body_invalid'],
    ['that is deep', '['.repeat(100_000), 400, 'request_malformed'],
    ['of 300 kilobytes', JSON.stringify({ title: 'x'.repeat(300_000) }), 413, 'body_too_large'],
    ['with __proto__', '{"title":"x","__proto__":{"admin":true}}', 422, 'body_invalid'],
  ])('%s is refused', async (_, body, status, code) => {
    const answer = await tasks('', { method: 'POST', body });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
  });

  test('that is not UTF-8 is refused, not mended', async () => {
    const { status } = await fetch(`${server.origin}/api/users/me/tasks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
      body: new Uint8Array([...Buffer.from('{"title":"'), 0xff, ...Buffer.from('"}')]),
    });
    expect(status).toBe(400);
  });

  test.each([
    'text/plain',
    'application/xml',
    'application/json; charset=latin1',
    'multipart/form-data',
    '',
  ])('of the type %j is refused with the types it may have', async (type) => {
    const { status, headers, json } = await tasks('', {
      body: { title: 'x' },
      headers: { 'content-type': type },
    });
    expect([status, json.code]).toEqual([415, 'media_type_unsupported']);
    expect(headers.get('accept-post')).toBe('application/json');
  });

  test('names its charset if it likes', async () => {
    const headers = { 'content-type': 'application/json; charset=UTF-8' };
    expect((await tasks('', { body: { title: 'x' }, headers })).status).toBe(201);
  });
});

describe('listing', () => {
  test('an owner without tasks has an empty list', async () => {
    expect((await tasks()).json).toEqual({ data: [], nextCursor: null });
  });

  test('the newest comes first, or the oldest when asked', async () => {
    const first = await create({ title: 'first' });
    const second = await create({ title: 'second' });
    expect((await tasks()).json.data).toEqual([second, first]);
    expect((await tasks('?sort=oldest')).json.data).toEqual([first, second]);
  });

  test('open and completed tasks are listed apart', async () => {
    const open = await create({ title: 'open' });
    const done = await create({ title: 'done', completed: true });
    const titles = async (query: string) =>
      (await tasks(query)).json.data.map((task: Task) => task.title);
    expect(await titles('?status=open')).toEqual([open.title]);
    expect(await titles('?status=completed')).toEqual([done.title]);
    expect(await titles('?status=all')).toEqual([done.title, open.title]);
  });

  test.each(['newest', 'oldest'])(
    'pages in order %s neither repeat nor skip while tasks are added',
    async (sort) => {
      const made: string[] = [];
      for (let n = 0; n < 7; n++) made.push((await create({ title: `task ${n}` })).id);
      const expected = sort === 'newest' ? made.toReversed() : made;
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Answer = await tasks(`?sort=${sort}&limit=3${cursor && `&cursor=${cursor}`}`);
        seen.push(...page.json.data.map((task: Task) => task.id));
        cursor = page.json.nextCursor;
        if (seen.length === 3) await create({ title: 'added while paging' });
      }
      expect(seen.filter((id) => made.includes(id))).toEqual(expected);
      expect(new Set(seen).size).toBe(seen.length);
    },
  );

  test('the last page has no cursor, also when it is full', async () => {
    await create({ title: 'a' });
    await create({ title: 'b' });
    expect((await tasks('?limit=2')).json.nextCursor).toBeNull();
  });

  test('a cursor is bound to its owner, filter and order', async () => {
    await create({ title: 'a' });
    await create({ title: 'b' });
    const { nextCursor } = (await tasks('?limit=1')).json;
    const other = await newUser(server.origin);
    const answers = [
      await tasks(`?limit=1&sort=oldest&cursor=${nextCursor}`),
      await tasks(`?limit=1&status=open&cursor=${nextCursor}`),
      await tasks(`?cursor=${nextCursor.slice(0, -2)}`),
      await tasks('?cursor=nonsense'),
      await tasks(`?limit=1&cursor=${nextCursor}`, { token: other.token }),
    ];
    for (const { status, json } of answers) {
      expect([status, json.code]).toEqual([400, 'cursor_invalid']);
    }
    expect((await tasks(`?limit=2&cursor=${nextCursor}`)).status).toBe(200);
  });

  test('a list without a filter and an order is that of all tasks, the newest first', async () => {
    await create({ title: 'a' });
    await create({ title: 'b' });
    const { nextCursor } = (await tasks('?limit=1')).json;
    const rest = await tasks(`?status=all&sort=newest&cursor=${nextCursor}`);
    expect(rest.json.data).toMatchObject([{ title: 'a' }]);
  });

  test.each([
    ['limit=0', '?limit', 'range'],
    ['limit=201', '?limit', 'range'],
    ['limit=ten', '?limit', 'type'],
    ['limit=1.5', '?limit', 'type'],
    ['limit=0x10', '?limit', 'type'],
    ['limit=', '?limit', 'type'],
    ['status=done', '?status', 'enum'],
    ['status=open&status=all', '?status', 'enum'],
    ['sort=title', '?sort', 'enum'],
    [`cursor=${'x'.repeat(513)}`, '?cursor', 'too_long'],
    ['userId=somebody', '?userId', 'unknown'],
    ['__proto__=1', '?__proto__', 'unknown'],
  ])('the parameter %s is refused with a pointer', async (query, pointer, code) => {
    const { status, json } = await tasks(`?${query}`);
    expect([status, json.code]).toEqual([400, 'parameters_invalid']);
    expect(json.errors).toContainEqual({ pointer, code, message: expect.any(String) });
  });

  test('an unchanged list is 304, and a changed one is not', async () => {
    const task = await create({ title: 'a' });
    const etag = (await tasks()).headers.get('etag') ?? '';
    const again = () => tasks('', { headers: { 'if-none-match': etag } });
    const unchanged = await again();
    expect([unchanged.status, unchanged.text]).toEqual([304, '']);
    expect(unchanged.headers.get('etag')).toBe(etag);
    await tasks(`/${task.id}`, { method: 'DELETE' });
    expect((await again()).status).toBe(200);
  });

  test('two owners at the same count of changes have different tags for their lists', async () => {
    const other = await newUser(server.origin);
    await create({ title: 'a' });
    await tasks('', { body: { title: 'b' }, token: other.token });
    const etag = (await tasks()).headers.get('etag') ?? '';
    const theirs = await tasks('', { token: other.token, headers: { 'if-none-match': etag } });
    expect(theirs.status).toBe(200);
  });
});

describe('reading', () => {
  test('an unchanged task is 304', async () => {
    const { id, version } = await create({ title: 'a' });
    const { status } = await tasks(`/${id}`, { headers: { 'if-none-match': `W/"${version}"` } });
    expect(status).toBe(304);
  });

  test.each([
    'nonsense',
    '00000000-0000-7000-8000-000000000000',
    'a%00b',
    '..%2f..',
    'x'.repeat(99),
  ])('the id %s is a task that is not there', async (id) => {
    const { status, json } = await tasks(`/${id}`);
    expect([status, json.code]).toEqual([404, 'not_found']);
  });

  test('HEAD answers like GET without a body', async () => {
    const { id } = await create({ title: 'a' });
    const { status, headers, text } = await tasks(`/${id}`, { method: 'HEAD' });
    expect([status, headers.get('etag'), text]).toEqual([200, '"1"', '']);
  });

  test('nothing of a list or a task is kept by a cache', async () => {
    const { id } = await create({ title: 'a' });
    for (const path of ['', `/${id}`]) {
      expect((await tasks(path)).headers.get('cache-control')).toBe('no-store');
    }
  });
});

describe('changing', () => {
  test('only the members that are sent change, and the version grows', async () => {
    const task = await create({ title: 'old', description: 'kept' });
    const { status, headers, json } = await patch(task.id, { title: 'new' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ title: 'new', description: 'kept', createdAt: task.createdAt });
    expect(json.version).toBeGreaterThan(task.version);
    expect(headers.get('etag')).toBe(`"${json.version}"`);
  });

  test('a merge patch is taken under its own media type, and null empties the description', async () => {
    const { id } = await create({ title: 'x', description: 'text' });
    const { status, json } = await patch(
      id,
      { description: null },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect([status, json.description]).toEqual([200, '']);
  });

  test('completing sets the time once, and reopening clears it', async () => {
    const { id } = await create({ title: 'x' });
    const done = (await patch(id, { completed: true })).json;
    expect(done).toMatchObject({ completed: true, completedAt: done.updatedAt });
    const again = (await patch(id, { completed: true, title: 'y' })).json;
    expect(again.completedAt).toBe(done.completedAt);
    expect((await patch(id, { completed: false })).json).toMatchObject({
      completed: false,
      completedAt: null,
    });
  });

  test.each([
    [{ title: null }, '/title'],
    [{ description: 5 }, '/description'],
    [{ description: 'a\u0000b' }, '/description'],
    [{ description: 'x'.repeat(10_001) }, '/description'],
    [{ completed: null }, '/completed'],
    [{ id: randomUUIDv7() }, '/id'],
    [{ version: 1 }, '/version'],
    [{ createdAt: '2020-01-01T00:00:00.000Z' }, '/createdAt'],
    [{ userId: 'somebody' }, '/userId'],
  ])('%j is refused', async (body: object, pointer) => {
    const { id } = await create({ title: 'x' });
    const { status, json } = await patch(id, body);
    expect([status, json.errors[0].pointer]).toEqual([422, pointer]);
  });

  test('with a stale tag nothing changes, and the answer holds the task as it stands', async () => {
    const task = await create({ title: 'x' });
    const current = (await patch(task.id, { title: 'y' }, { 'if-match': `"${task.version}"` }))
      .json;
    const stale = await patch(task.id, { title: 'z' }, { 'if-match': `"${task.version}"` });
    expect([stale.status, stale.json.code]).toEqual([412, 'version_stale']);
    expect(stale.json.current).toEqual(current);
    expect(stale.headers.get('etag')).toBe(`"${current.version}"`);
    expect((await tasks(`/${task.id}`)).json).toEqual(current);
  });

  test.each(['W/"1"', '1', '"nonsense"', ''])('the tag %j lets nothing through', async (tag) => {
    const { id } = await create({ title: 'x' });
    expect((await patch(id, { title: 'y' }, { 'if-match': tag })).status).toBe(412);
  });

  test('any tag is let through by a star', async () => {
    const { id } = await create({ title: 'x' });
    expect((await patch(id, { title: 'y' }, { 'if-match': '*' })).status).toBe(200);
  });

  test('of many changes to one version exactly one is made', async () => {
    const { id, version } = await create({ title: 'x' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        patch(id, { title: `${n}` }, { 'if-match': `"${version}"` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
  });

  test('changes made at once to different tasks get different versions', async () => {
    const made = await Promise.all(Array.from({ length: 30 }, (_, n) => create({ title: `${n}` })));
    const changed = await Promise.all(made.map(({ id }) => patch(id, { completed: true })));
    const versions = changed.map(({ json }) => json.version);
    expect(new Set(versions).size).toBe(30);
    expect(Math.max(...versions)).toBe(60);
  });

  test('a task that is not there is 404, whatever the tag', async () => {
    const id = randomUUIDv7();
    expect((await patch(id, { title: 'x' })).status).toBe(404);
    expect((await patch(id, { title: 'x' }, { 'if-match': '"1"' })).status).toBe(404);
    expect((await patch('nonsense', { title: 'x' })).status).toBe(404);
  });

  test('the body is validated before the task is looked for', async () => {
    expect((await patch(randomUUIDv7(), { title: 5 })).status).toBe(422);
  });
});

describe('deleting', () => {
  const remove = (id: string, headers = {}) => tasks(`/${id}`, { method: 'DELETE', headers });

  test('a deleted task is gone, and deleting it again is 404', async () => {
    const { id } = await create({ title: 'x' });
    const { status, text } = await remove(id);
    expect([status, text]).toEqual([204, '']);
    expect((await tasks(`/${id}`)).status).toBe(404);
    expect((await remove(id)).status).toBe(404);
  });

  test('a stale tag deletes nothing', async () => {
    const { id } = await create({ title: 'x' });
    expect((await remove(id, { 'if-match': '"99"' })).status).toBe(412);
    expect((await tasks(`/${id}`)).status).toBe(200);
    expect((await remove(id, { 'if-match': '"1"' })).status).toBe(204);
  });

  test('a JSON content type without a body is no obstacle', async () => {
    const { id } = await create({ title: 'x' });
    expect((await remove(id, { 'content-type': 'application/json' })).status).toBe(204);
  });

  test('a task created again under the id of a deleted one has a tag of its own', async () => {
    const { id, version } = await create({ title: 'x' });
    await remove(id);
    expect((await create({ id, title: 'y' })).version).toBeGreaterThan(version);
    expect((await patch(id, { title: 'z' }, { 'if-match': `"${version}"` })).status).toBe(412);
  });
});
