import { once } from 'node:events';
import { connect } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endConnectionsAtTheStop, sendTogether } from './answers.ts';

let app: FastifyInstance;
/** What was made and sent, in its order. */
let events: string[];

beforeEach(() => {
  events = [];
  app = fastify();
  sendTogether(app);
  endConnectionsAtTheStop(app);
  app.setErrorHandler((error, _request, reply) => reply.code(500).send((error as Error).name));
  app.get('/good/:name', (request, reply) => {
    const { name } = request.params as { name: string };
    events.push(`made ${name}`);
    reply.raw.once('finish', () => events.push(`sent ${name}`));
    reply.send(name);
  });
  app.get('/bad', (_request, reply) => void reply.header('x-bad', 'a\nb').send('never'));
});
afterEach(() => app.close());

test('what one turn has answered is sent at its end', async () => {
  const answers = await Promise.all(['a', 'b', 'c'].map((name) => app.inject(`/good/${name}`)));
  expect(answers.map(({ payload }) => payload)).toEqual(['a', 'b', 'c']);
  expect(events).toEqual(['made a', 'made b', 'made c', 'sent a', 'sent b', 'sent c']);
});

test('an answer that cannot be sent is a failure of its own, and of none that go out with it', async () => {
  const answers = await Promise.all(['/good/a', '/bad', '/good/b'].map((url) => app.inject(url)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 500, 200]);
});

test('an answer that is on its way while the server stops ends its connection', async () => {
  app.get('/stop', (_request, reply) => {
    void app.close();
    setImmediate(() => reply.send('stopping'));
  });
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  const socket = connect(Number(port), '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => {
    received += text;
  });
  socket.write('GET /stop HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'end');
  expect(received).toMatch(/^HTTP\/1.1 200 .*\r\nconnection: close\r\n.*stopping$/is);
});
