import { expect, test } from 'vitest';
import { explain, fieldMessage } from './explain.ts';
import { createSend, type Outgoing } from './send.ts';

const outgoing: Outgoing = { method: 'GET', path: '/api/users/me/tasks', cookies: false };

function answering(body: string | null, init: ResponseInit = {}) {
  const sent: RequestInit[] = [];
  const send = createSend(async (_path, request) => {
    sent.push(request ?? {});
    return new Response(body, init);
  });
  return { send, sent };
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
}

test('the JSON of a good answer is given', async () => {
  expect(await answering('{"a":1}').send(outgoing)).toEqual({ a: 1 });
});

test('an empty answer is undefined', async () => {
  expect(await answering(null, { status: 204 }).send(outgoing)).toBeUndefined();
});

test('cookies go to the issuer only', async () => {
  const { send, sent } = answering('{}');
  await send(outgoing);
  await send({ ...outgoing, cookies: true });
  expect(sent.map((request) => request.credentials)).toEqual(['omit', 'same-origin']);
});

test('a problem is thrown with its code, its fields and its task', async () => {
  const task = { id: 'i', title: 't', description: '', completed: false, version: 3 };
  const errors = [{ pointer: '/title', code: 'maxLength', message: 'Too long.' }, 'nonsense'];
  const body = JSON.stringify({ code: 'version_stale', detail: 'd', current: task, errors });
  const error = await failureOf(answering(body, { status: 412 }).send(outgoing));
  expect(error).toMatchObject({ problem: { code: 'version_stale', status: 412, current: task } });
  expect(fieldMessage(error, '/title')).toBe('Too long.');
  expect(fieldMessage(error, '/description')).toBeUndefined();
});

test('a task that is not one is left out of the problem', async () => {
  const body = JSON.stringify({ current: { id: 1 } });
  const error = await failureOf(answering(body, { status: 412 }).send(outgoing));
  expect(error).not.toHaveProperty('problem.current');
});

test('the error page of a proxy is a problem too, with the id of the request', async () => {
  const init = { status: 502, headers: { 'X-Request-Id': 'r-77' } };
  const error = await failureOf(answering('<html>', init).send(outgoing));
  expect(error).toMatchObject({ problem: { code: 'unknown', status: 502 } });
  expect(explain(error)).toContain('r-77');
});

test('the seconds of Retry-After are said', async () => {
  const init = { status: 429, headers: { 'Retry-After': '12' } };
  const error = await failureOf(answering('{}', init).send(outgoing));
  expect(explain(error)).toBe('Too many attempts. Try again in 12 seconds.');
});

test('a good answer that is not JSON did not come from Ownlist', async () => {
  const error = await failureOf(answering('<html>Wi-Fi</html>').send(outgoing));
  expect(error).toMatchObject({ kind: 'unreadable' });
});

test('no answer is a failure of the network', async () => {
  const send = createSend(() => Promise.reject(new TypeError('Failed to fetch')));
  const error = await failureOf(send(outgoing));
  expect(error).toMatchObject({ kind: 'unreachable' });
  expect(explain(error)).toContain('cannot be reached');
});

test('whoever gave up hears their own reason, not a failure of the network', async () => {
  const reason = new Error('closed');
  const send = createSend((_path, request) => Promise.reject(request?.signal?.reason));
  const error = await failureOf(send({ ...outgoing, signal: AbortSignal.abort(reason) }));
  expect(error).toBe(reason);
});
