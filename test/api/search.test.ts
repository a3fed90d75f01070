import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Task } from '../../src/contract/task.ts';
import { hasWords, searchWords } from '../../src/contract/words.ts';
import { type Answer, request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';

let server: RunningServer;
let user: User;

beforeAll(async () => {
  server = await startServer({ store: await freshStore() });
});
afterAll(() => server.stop());

async function create(owner: User, body: object): Promise<Task> {
  const { status, json } = await request(server.origin, '/api/users/me/tasks', {
    token: owner.token,
    body,
  });
  expect(status).toBe(201);
  return json;
}

const search = (query: Record<string, string>, headers = {}, owner = user): Promise<Answer> =>
  request(server.origin, `/api/users/me/tasks?${new URLSearchParams(query)}`, {
    token: owner.token,
    headers,
  });

const titlesOf = async (q: string, query = {}, owner = user): Promise<string[]> =>
  (await search({ q, ...query }, {}, owner)).json.data.map(({ title }: Task) => title);

/** So many tasks that search does not look at each: whatever lies behind them is in its index. */
const fillers = 320;

/** Begins with no word that is searched for here. */
const other = 'ღ';

async function fill(owner: User, title: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 20) {
    await Promise.all(Array.from({ length: 20 }, () => create(owner, { title })));
  }
}

describe.each([
  ['in a short list', 0],
  ['behind many other tasks', fillers],
])('%s', (_, others) => {
  const texts = [
    ['Buy milk', 'from the shop'],
    ['Buy bread', ''],
    ['MILK the cow', ''],
    ['buttermilk', ''],
    ['Crème brûlée', 'Straße'],
    ['Öl ΟΔΟΣ İstanbul', ''],
    ['Купить молоко, ёлку', ''],
    ['東京都へ行く', 'ミルクを買う'],
    ['ไปตลาด', ''],
    ['한국어를 배우다', ''],
    ['مُحَمَّد שָׁלוֹם', ''],
    ['हिन्दी में', ''],
    ['👩‍👧 Party 🎂!', ''],
    ['"quotes" AND \'or\' NOT (near*) {x} [y]: -z ^c + ~', ''],
    ['50% _under_ \\slash; drop table tasks; --', ''],
    ['x', 'late '.repeat(1_900)],
    ['w'.repeat(255), '𐐨'.repeat(100)],
    ['v1.2.3 #42 ann@example.org', ''],
    ['\u0001control\u0007 \uffff', ''],
  ] as const;
  const queries = [
    ...['milk', 'MIL', 'm', 'mi bu', 'bu mi', 'milk bread', 'ilk', 'shop milk', 'zebra', 'a b c'],
    ...['creme', 'CRÈME', 'strasse', 'öl', 'ol', 'οδος', 'istanbul', 'молоко', 'елку', 'ЁЛКУ'],
    ...['東京', '京都', '都', '東都', 'ミルク', 'ﾐﾙｸ', 'ตลาด', '한국', 'محمد', 'שלום', 'हिन्दी'],
    ...[
      '🎂',
      '👩',
      '"',
      '"quotes"',
      'AND',
      'NOT near*',
      'quotes OR zebra',
      '{x',
      "'",
      "' or 1=1 --",
    ],
    ...[
      '%',
      '50%',
      '_',
      '\\',
      'under',
      'drop;',
      '*',
      'mil*',
      'words:milk',
      '^buy',
      '-buy',
      '(',
      '+',
    ],
    ...['w'.repeat(200), '𐐨'.repeat(80), 'late', 'v1.2', '42', 'ann@example', 'control', '\uffff'],
    ...['a b c d e f g h i j k l m n o p q r s t u v w x y z', '\u{10ffff}', '\ue000', '…', ' '],
  ];
  let owner: User;
  const made: Task[] = [];

  beforeAll(async () => {
    owner = await newUser(server.origin);
    for (const [title, description] of texts) {
      made.unshift(await create(owner, { title, description }));
    }
    await fill(owner, other, others);
  });

  test.each(queries)('%j finds what has its words, and nothing else', async (q) => {
    const words = searchWords(q);
    const { status, json } = await search({ q, limit: '200' }, {}, owner);
    expect([status, json]).toEqual([
      200,
      { data: made.filter((task) => hasWords(task, words)), nextCursor: null },
    ]);
  });
});

describe('a task', () => {
  beforeEach(async () => {
    user = await newUser(server.origin);
  });
  const change = (task: Task, body: object) =>
    request(server.origin, `/api/users/me/tasks/${task.id}`, {
      token: user.token,
      method: 'PATCH',
      body,
    });

  test.each([
    ['in a short list', 0],
    ['behind many other tasks', fillers],
  ])(
    '%s is found by its words as they are, and no longer once it is deleted',
    async (_, others) => {
      const task = await create(user, { title: 'Buy milk', description: 'at the shop' });
      await fill(user, other, others);
      await change(task, { title: 'Buy bread' });
      expect(await titlesOf('milk')).toEqual([]);
      expect(await titlesOf('bread shop')).toEqual(['Buy bread']);
      await change(task, { completed: true });
      expect(await titlesOf('bread')).toEqual(['Buy bread']);
      await change(task, { description: null });
      expect(await titlesOf('shop')).toEqual([]);
      const path = `/api/users/me/tasks/${task.id}`;
      await request(server.origin, path, { token: user.token, method: 'DELETE' });
      expect(await titlesOf('bread')).toEqual([]);
      await create(user, { id: task.id, title: 'Again' });
      expect([await titlesOf('bread'), await titlesOf('again')]).toEqual([[], ['Again']]);
    },
  );

  test('that was refused leaves nothing to find', async () => {
    const task = await create(user, { title: 'first' });
    await fill(user, other, fillers);
    const { status } = await request(server.origin, '/api/users/me/tasks', {
      token: user.token,
      body: { id: task.id, title: 'second' },
    });
    expect(status).toBe(409);
    expect([await titlesOf('second'), await titlesOf('first')]).toEqual([[], ['first']]);
  });
});

describe.each([
  ['in a short list', 0],
  ['behind many other tasks', fillers],
])('the tasks that are found %s', (_, others) => {
  const titles = Array.from({ length: 7 }, (_, n) => `milk ${n}`);
  beforeAll(async () => {
    user = await newUser(server.origin);
    for (const [n, title] of titles.entries()) {
      // The server's own ids of one millisecond have no order.
      const id = `01a1fcc4-a1ed-7f57-bb46-c820c5d58a0${n}`;
      await create(user, { id, title, completed: n % 2 === 1 });
    }
    await fill(user, other, others);
  });

  test.each(['newest', 'oldest'])('are in the order %s, page by page', async (sort) => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = { q: 'milk', sort, limit: '3', ...(cursor && { cursor }) };
      const { json }: Answer = await search(query);
      seen.push(...json.data.map(({ title }: Task) => title));
      cursor = json.nextCursor;
    }
    expect(seen).toEqual(sort === 'oldest' ? titles : titles.toReversed());
  });

  test('are those of the status', async () => {
    expect(await titlesOf('mil', { status: 'completed' })).toEqual(['milk 5', 'milk 3', 'milk 1']);
    expect(await titlesOf('mil 0', { status: 'open' })).toEqual(['milk 0']);
    expect(await titlesOf('mil 0', { status: 'completed' })).toEqual([]);
  });
});

describe('a search', () => {
  beforeAll(async () => {
    user = await newUser(server.origin);
    for (const n of [1, 2]) await create(user, { title: `milk ${n}` });
  });

  test('has a cursor of its own', async () => {
    const { nextCursor: cursor } = (await search({ q: 'milk', limit: '1' })).json;
    expect((await search({ q: 'milk', cursor })).json.data).toHaveLength(1);
    for (const query of [{ q: 'mil' }, {}]) {
      const { status, json } = await search({ ...query, cursor });
      expect([status, json.code]).toEqual([400, 'cursor_invalid']);
    }
  });

  test('is answered 304 until a task changes', async () => {
    const { headers } = await search({ q: 'milk' });
    const known = { 'if-none-match': headers.get('etag') ?? '' };
    expect((await search({ q: 'milk' }, known)).status).toBe(304);
    await create(user, { title: 'milk 3' });
    expect((await search({ q: 'milk' }, known)).json.data).toHaveLength(3);
  });

  test.each([
    ['nothing', 'q=', 'too_short'],
    ['more than 200 characters', `q=${'x'.repeat(201)}`, 'too_long'],
    ['NUL', 'q=a%00b', 'pattern'],
    ['two searches', 'q=a&q=b', 'type'],
  ])('for %s is refused with a pointer', async (_, query, code) => {
    const { status, json } = await request(server.origin, `/api/users/me/tasks?${query}`, {
      token: user.token,
    });
    expect([status, json.code]).toEqual([400, 'parameters_invalid']);
    expect(json.errors).toContainEqual({ pointer: '?q', code, message: expect.any(String) });
  });

  test.each([
    ['ideographs', (n: number) => String.fromCodePoint(0x4e00 + n)],
    ['symbols', (n: number) => String.fromCodePoint(0x1f300 + n)],
    ['letters', (n: number) => (n % 2 === 0 ? String.fromCodePoint(0x10d0 + n / 2) : ' ')],
  ])('for as many words as it can have is answered: %s', async (_, at) => {
    const owner = await newUser(server.origin);
    const q = Array.from({ length: 200 }, (_, n) => at(n)).join('');
    const { title } = await create(owner, { title: q });
    await fill(owner, other, fillers);
    expect(await titlesOf(q, {}, owner)).toEqual([title]);
  });

  test('for 200 characters beyond the first plane is none too long', async () => {
    expect((await search({ q: '𐐨'.repeat(200) })).status).toBe(200);
  });
});

describe("another person's words", () => {
  const secret = 'zanzibar';
  let stranger: User;
  beforeAll(async () => {
    user = await newUser(server.origin);
    stranger = await newUser(server.origin);
    await create(stranger, { title: secret, description: secret });
    await create(user, { title: 'mine' });
    await fill(user, other, fillers);
  });

  test.each([secret, secret.slice(0, 3), `${secret} mine`, `" OR ${secret}`])(
    'are found by no search: %j',
    async (q) => {
      const found = await search({ q });
      const never = await search({ q: q.replace(secret.slice(0, 3), 'qqq') });
      expect([found.status, found.json]).toEqual([200, { data: [], nextCursor: null }]);
      expect(found.text).toBe(never.text);
      expect(found.headers.get('etag')).toBe(never.headers.get('etag'));
    },
  );

  test('are found by that person', async () => {
    expect(await titlesOf(secret, {}, stranger)).toEqual([secret]);
  });
});
