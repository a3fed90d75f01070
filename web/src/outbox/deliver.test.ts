import { beforeEach, describe, expect, test } from 'vitest';
import { SessionEnded } from '../api/failures.ts';
import { type Addition, contentOf, type Deletion, type Edit } from './change.ts';
import { deliver } from './deliver.ts';
import { fakeServer, type Mishap } from './fake-server.ts';
import { taskOf } from './sample-task.ts';

let server: ReturnType<typeof fakeServer>;

beforeEach(() => {
  server = fakeServer();
});

const common = { id: 'change', state: 'sending', order: 1, key: 'key-1' } as const;
const mine = { title: 'Buy milk', description: '', completed: false };
const addition: Addition = { ...common, kind: 'add', taskId: taskOf(1).id, mine };
const base = taskOf(2, { title: 'Old', description: 'words', version: 1 });
const edit: Edit = {
  ...common,
  kind: 'edit',
  taskId: base.id,
  base,
  mine: { ...contentOf(base), title: 'New' },
};
const deletion: Deletion = { ...edit, kind: 'delete', mine: contentOf(base) };

describe('an addition', () => {
  test('is created under its own id and key, without what goes without saying', async () => {
    const outcome = await deliver(server.api, addition);
    expect(outcome).toEqual({ type: 'saved', task: server.task(addition.taskId) });
    expect(server.arrivals).toEqual([
      {
        method: 'POST',
        taskId: addition.taskId,
        body: { id: addition.taskId, title: 'Buy milk' },
        ifMatch: undefined,
        key: 'key-1',
      },
    ]);
  });

  test('brings all its words along', async () => {
    const words = { title: 'a', description: 'b', completed: true };
    await deliver(server.api, { ...addition, mine: words });
    expect(server.task(addition.taskId)).toMatchObject(words);
  });

  test('that is there already is saved', async () => {
    await deliver(server.api, addition);
    const again = await deliver(server.api, { ...addition, key: 'key-2' });
    expect(again).toEqual({ type: 'saved', task: server.task(addition.taskId) });
    expect(server.deeds).toHaveLength(1);
  });

  test.each(['title', 'description', 'completed'])(
    'that is there with another %s is contested',
    async (field) => {
      await deliver(server.api, addition);
      const theirs = server.put({
        ...taskOf(1, mine),
        [field]: field === 'completed' ? true : 'other',
      });
      const outcome = await deliver(server.api, { ...addition, key: 'key-2' });
      expect(outcome).toEqual({ type: 'contested', theirs });
    },
  );

  test('that was there and is gone by now says so', async () => {
    server.meet({ status: 409, code: 'task_exists' });
    expect(await deliver(server.api, addition)).toEqual({
      type: 'refused',
      refusal: { message: 'This task was deleted elsewhere.', gone: true },
    });
  });
});

describe('an edit', () => {
  test('sends what was touched, for the version that was seen', async () => {
    server.put(base);
    const outcome = await deliver(server.api, edit);
    expect(outcome).toMatchObject({ type: 'saved', task: { title: 'New', description: 'words' } });
    expect(server.arrivals).toEqual([
      {
        method: 'PATCH',
        taskId: base.id,
        body: { title: 'New' },
        ifMatch: '"1"',
        key: 'key-1',
      },
    ]);
  });

  test.each([{ title: 'x' }, { description: '' }, { completed: true }])(
    'of %j sends just that',
    async (body) => {
      server.put(base);
      await deliver(server.api, { ...edit, mine: { ...contentOf(base), ...body } });
      expect(server.arrivals[0]?.body).toEqual(body);
    },
  );

  test('that changes nothing is saved without a request', async () => {
    const outcome = await deliver(server.api, { ...edit, mine: contentOf(base) });
    expect(outcome).toEqual({ type: 'saved', task: base });
    expect(server.arrivals).toEqual([]);
  });

  test('of a task that has changed is contested', async () => {
    const theirs = server.put(server.put(base));
    expect(await deliver(server.api, edit)).toEqual({ type: 'contested', theirs });
  });

  test('of a task that is gone says so', async () => {
    expect(await deliver(server.api, edit)).toMatchObject({
      type: 'refused',
      refusal: { gone: true },
    });
  });

  test('that only ticks a task off that is gone has no words to lose, and is done', async () => {
    const tick = { ...edit, mine: { ...contentOf(base), completed: true } };
    expect(await deliver(server.api, tick)).toEqual({ type: 'gone' });
    const reworded = { ...tick, mine: { ...tick.mine, description: '' } };
    expect(await deliver(server.api, reworded)).toMatchObject({ type: 'refused' });
  });
});

describe('a deletion', () => {
  test('is of the version that was seen', async () => {
    server.put(base);
    expect(await deliver(server.api, deletion)).toEqual({ type: 'gone' });
    expect(server.arrivals).toMatchObject([{ method: 'DELETE', ifMatch: '"1"', key: 'key-1' }]);
    expect(server.tasks()).toEqual([]);
  });

  test('of a task that has changed is contested', async () => {
    const theirs = server.put(server.put(base));
    expect(await deliver(server.api, deletion)).toEqual({ type: 'contested', theirs });
    expect(server.tasks()).toEqual([theirs]);
  });

  test('of a task that is gone is done', async () => {
    expect(await deliver(server.api, deletion)).toEqual({ type: 'gone' });
  });
});

const everyKind = [addition, edit, deletion];

describe.each(everyKind)('$kind: an answer', (change) => {
  async function answered(mishap: Mishap) {
    server.put(base);
    server.meet(mishap);
    return deliver(server.api, change);
  }

  test.each<Mishap>(['request lost', 'answer lost'])(
    'that does not come (%s) is none',
    async (mishap) => {
      expect(await answered(mishap)).toMatchObject({
        type: 'no answer',
        error: { name: 'NetworkFailure' },
      });
    },
  );

  test.each<Exclude<Mishap, string>>([
    { status: 503, code: 'unavailable' },
    { status: 504, code: 'unknown' },
    { status: 429, code: 'rate_limited' },
    { status: 408, code: 'request_timeout' },
    { status: 425, code: 'too_early' },
    { status: 409, code: 'idempotency_in_flight' },
    // Of something between that is not Ownlist.
    { status: 403 },
    { status: 404 },
    { status: 412 },
  ])('%j says: not now', async (mishap) => {
    const outcome = await answered(mishap);
    expect(outcome).toMatchObject({ type: 'no answer', error: { problem: mishap } });
    expect(outcome).not.toHaveProperty('retryAfterMs');
  });

  test('says for how long not', async () => {
    const outcome = await answered({ status: 429, code: 'rate_limited', retryAfterSeconds: 7 });
    expect(outcome).toMatchObject({ type: 'no answer', retryAfterMs: 7_000 });
  });

  test('of 500 is the server’s stumble over this change', async () => {
    const outcome = await answered({ status: 500, code: 'internal' });
    expect(outcome).toMatchObject({ type: 'stumbled', error: { problem: { status: 500 } } });
  });

  test.each([400, 403, 413, 415, 422])('of %i is a refusal, with its reason', async (status) => {
    const outcome = await answered({ status, code: 'a_rule', detail: 'It is against a rule.' });
    expect(outcome).toEqual({ type: 'refused', refusal: { message: 'It is against a rule.' } });
  });

  test('says beside which fields', async () => {
    const errors = [
      { pointer: '/title', code: 'pattern', message: 'Not this character.' },
      { pointer: '/description', code: 'maxLength', message: 'Too long.' },
    ];
    expect(await answered({ status: 422, code: 'body_invalid', errors })).toEqual({
      type: 'refused',
      refusal: { title: 'Not this character.', description: 'Too long.' },
    });
    const [first] = errors;
    expect(
      await answered({ status: 422, code: 'body_invalid', errors: first ? [first] : [] }),
    ).toEqual({
      type: 'refused',
      refusal: { title: 'Not this character.' },
    });
  });

  test('that the session is over is thrown: nothing is known of the change', async () => {
    server.endSession();
    await expect(deliver(server.api, change)).rejects.toBeInstanceOf(SessionEnded);
  });

  test('that never came because the page gave up is thrown', async () => {
    const abort = new DOMException('closed', 'AbortError');
    const api: typeof server.api = () => Promise.reject(abort);
    await expect(deliver(api, change)).rejects.toBe(abort);
  });
});

test.each([addition, edit])('$kind: an answer that is no task is none', async (change) => {
  // The very thing: an answer of another type than the route table promises.
  const api = (async () => ({ welcome: 'to this hotel' })) as unknown as typeof server.api;
  expect(await deliver(api, change)).toMatchObject({
    type: 'no answer',
    error: { kind: 'unreadable' },
  });
});
