import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answersWith } from '../../../src/http/answers.ts';
import { httpLimits } from '../../../src/http/http-limits.ts';
import { createHttpServer } from '../../../src/http/http-server.ts';
import { listenOnEveryLoopback } from '../../../src/http/listen-everywhere.ts';
import { open, sendRaw, untilClosed } from './raw.ts';

/** Every machine has these, whether or not it has IPv6. */
const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

let app: FastifyInstance;
let port: number;
let finish: () => void;
let storesClosed: boolean;

beforeEach(async () => {
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  storesClosed = false;
  app = fastify({
    clientErrorHandler: () => undefined,
    serverFactory: (listener) =>
      createHttpServer(listener, {
        limits: httpLimits,
        answers: answersWith({}, {}),
        origin: 'http://localhost',
      }),
  });
  app.get('/', async () => 'here');
  app.get('/slow', async () => {
    await finished;
    return storesClosed ? 'too late' : 'done';
  });
  app.addHook('onClose', async () => {
    storesClosed = true;
  });
  listenOnEveryLoopback(app, 'localhost', async () => addresses);
  await app.listen({ host: 'localhost', port: 0 });
  ({ port } = app.server.address() as AddressInfo); // It listens on a port.
});
afterEach(() => app.close());

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;

/** Those after the first are listened on a moment later. */
const listening = (address: string) =>
  expect.poll(async () => (await sendRaw(port, get('/'), address)).statuses).toEqual([200]);

test.each(addresses)('%s is listened on, and refuses with a problem', async (address) => {
  await listening(address);
  expect((await sendRaw(port, get('/'), address)).text).toContain('here');
  expect((await sendRaw(port, 'garbage\r\n\r\n', address)).codes).toEqual(['request_malformed']);
  const connect = 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n';
  expect((await sendRaw(port, connect, address)).codes).toEqual(['method_not_allowed']);
});

test.each(addresses)('what is in flight on %s is answered before the end', async (address) => {
  await listening(address);
  const idle = untilClosed(open(port, address));
  const answer = sendRaw(port, get('/slow'), address);
  await sendRaw(port, get('/'), address);
  const closed = app.close();
  await expect.poll(async () => (await sendRaw(port, get('/'), address)).statuses).toEqual([]);
  finish();
  expect((await answer).text).toContain('done');
  await closed;
  await idle;
});
