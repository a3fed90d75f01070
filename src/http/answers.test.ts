import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { answersWith } from './answers.ts';

const always = { 'x-frame-options': 'DENY', 'referrer-policy': 'same-origin' };
const whileOpen = { 'x-while-open': 'yes' };

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer({ ServerResponse: answersWith(always, whileOpen).Answer }, listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('every answer has the headers that all have, and its own', () => {
  const ways: [string, RequestListener][] = [
    ['with the status', (_, answer) => answer.writeHead(201, { a: '1', b: '2, 3' }).end('x')],
    ['as pairs', (_, answer) => answer.writeHead(201, ['a', '1', 'b', '2', 'b', '3']).end('x')],
    [
      'behind a reason',
      (_, answer) => answer.writeHead(201, 'Made', { a: '1', b: '2, 3' }).end('x'),
    ],
    [
      'set before',
      (_, answer) => answer.setHeader('a', '1').setHeader('b', '2, 3').writeHead(201).end('x'),
    ],
    [
      'some of each',
      (_, answer) => answer.setHeader('a', '1').writeHead(201, { b: '2, 3' }).end('x'),
    ],
    [
      'set before, and nothing said',
      (_, answer) => {
        answer.setHeader('a', '1').setHeader('b', '2, 3').statusCode = 201;
        answer.write('x');
        answer.end();
      },
    ],
  ];
  test.each(ways)('%s', async (_, listener) => {
    const answer = await fetch(await serve(listener));
    expect(answer.status).toBe(201);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      ...always,
      ...whileOpen,
      a: '1',
      b: '2, 3',
    });
    expect(await answer.text()).toBe('x');
  });

  test('where there is nothing but a status', async () => {
    const { headers } = await fetch(await serve((_, answer) => answer.writeHead(204).end()));
    expect(Object.fromEntries(headers)).toMatchObject(always);
  });

  test('where nothing at all is said', async () => {
    const { headers } = await fetch(await serve((_, answer) => answer.end()));
    expect(Object.fromEntries(headers)).toMatchObject(always);
  });

  test('each cookie by itself', async () => {
    const origin = await serve((_, answer) =>
      answer.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end(),
    );
    const { headers } = await fetch(origin);
    expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });
});

test('what is no header is refused before there is an answer', () => {
  expect(() => answersWith({ a: '1\r\nb: 2' }, {})).toThrow(/Invalid character/);
  expect(() => answersWith({}, { 'a:': '1' })).toThrow(/valid HTTP token/);
});

describe('under Fastify', () => {
  let app: FastifyInstance;
  let origin: string;
  /** What was made and sent, in its order. */
  let events: string[];

  beforeEach(async () => {
    events = [];
    const answers = answersWith(always, whileOpen);
    const made: ((name: string) => void)[] = [];
    app = fastify({
      serverFactory: (listener) => createServer({ ServerResponse: answers.Answer }, listener),
    });
    app.addHook('preClose', async () => answers.endConnections());
    app.setErrorHandler((error, _request, reply) => reply.code(500).send((error as Error).name));
    // Answers three at a time, in one turn.
    app.get('/good/:name', (request, reply) => {
      const { name } = request.params as { name: string };
      made.push(() => {
        events.push(`made ${name}`);
        reply.raw.once('finish', () => events.push(`sent ${name}`));
        reply.send(name);
      });
      if (made.length === 3) for (const make of made) make('');
    });
    app.get('/bad', (_request, reply) => void reply.header('x-bad', 'a\nb').send('never'));
    app.get('/bad-later', (_request, reply) => {
      const answer = async () => reply.header('x-bad', 'a\nb').send('never');
      answer().catch((error: unknown) => reply.send(error));
    });
    app.get('/odd', (_request, reply) => void reply.hijack().raw.end(1 as never));
    app.get('/stop', (_request, reply) => {
      void app.close();
      setImmediate(() => reply.send('stopping'));
    });
    origin = await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(() => app.close());

  test('what one turn has answered is sent at its end', async () => {
    const all = ['a', 'b', 'c'].map(async (name) => (await fetch(`${origin}/good/${name}`)).text());
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
    expect(events.slice(0, 3)).toEqual(['made a', 'made b', 'made c']);
    expect(events.slice(3)).toEqual(['sent a', 'sent b', 'sent c']);
  });

  test('an answer that cannot be sent is a failure of its own, and of none that go out with it', async () => {
    const [bad, badLater, odd, ...good] = await Promise.allSettled(
      ['/bad', '/bad-later', '/odd', '/good/a', '/good/b', '/good/c'].map((url) =>
        fetch(`${origin}${url}`),
      ),
    );
    for (const one of [bad, badLater]) expect(one).toMatchObject({ value: { status: 500 } });
    expect(odd).toMatchObject({ status: 'rejected' });
    for (const one of good) expect(one).toMatchObject({ value: { status: 200 } });
  });

  test('an answer that is on its way while the server stops ends its connection', async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    let received = '';
    socket.setEncoding('utf8').on('data', (text) => {
      received += text;
    });
    socket.write('GET /stop HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'end');
    expect(received).toMatch(/^HTTP\/1.1 200 .*\r\nconnection: close\r\n.*stopping$/is);
    expect(received).not.toMatch(/x-while-open/i);
  });
});
