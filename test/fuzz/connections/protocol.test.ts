import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { request } from '../../support/client.ts';
import { type RunningServer, startServer } from '../../support/server.ts';
import { newUser } from '../../support/users.ts';
import { faults } from '../faults.ts';
import { fuzzTimeoutMs, runs } from '../runs.ts';
import { open, sendRaw, untilClosed } from './raw.ts';

let server: RunningServer;
let token: string;

beforeAll(async () => {
  server = await startServer();
  ({ token } = await newUser(server.origin));
});
afterAll(() => server.stop());

/** Whatever a test has sent, the server is there, and has blamed nobody but the client. */
afterEach(async () => {
  expect((await request(server.origin, '/livez')).status).toBe(200);
  expect(faults(server.output())).toEqual([]);
});

const close = 'Host: localhost\r\nConnection: close\r\n\r\n';
const get = (target: string, rest = close) => `GET ${target} HTTP/1.1\r\n${rest}`;
/** A request to create a task, with these header lines and this body. */
const post = (headers: string, body: string) =>
  `POST /api/users/me/tasks HTTP/1.1\r\nAuthorization: Bearer ${token}\r\n` +
  `Content-Type: application/json\r\n${headers}${close}${body}`;

async function expectRefusal(bytes: string, status: number, code: string) {
  const { statuses, codes, text } = await sendRaw(server.port, bytes);
  expect([statuses, codes], text).toEqual([[status], [code]]);
  expect(text).toMatch(/\r\nx-request-id: [0-9a-f-]{36}\r\n/i);
  expect(text).toMatch(/\r\ncontent-type: application\/problem\+json/i);
  expect(text).toContain(`"status":${status}`);
  expect(text).toContain(`/api/problems/${code}"`);
}

describe('a request that is not well-formed is answered 400 with a problem', () => {
  test.each([
    ['garbage', 'garbage\r\n\r\n'],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['HTTP/0.9', 'GET /livez\r\n\r\n'],
    ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a version of 2.0', `GET /livez HTTP/2.0\r\n${close}`],
    ['a version of 1.7', `GET /livez HTTP/1.7\r\n${close}`],
    ['a method that is none', `FETCH /livez HTTP/1.1\r\n${close}`],
    ['a method in lower case', `get /livez HTTP/1.1\r\n${close}`],
    ['a target without a slash', get('livez')],
    ['an undecodable path', get('/%ff')],
    ['an undecodable path of the API', get('/api/users/%ff/tasks')],
    ['an undecodable path of the issuer', get('/api/auth/%ff')],
    ['a broken escape', get('/api/%zz')],
    ['an encoded surrogate', get('/api/users/%ed%a0%80/tasks')],
    ['NUL in the path', get('/li\0vez')],
    ['NUL in a header', get('/livez', `X-A: a\0b\r\n${close}`)],
    ['a control character in a header', get('/livez', `Cookie: \x01\r\n${close}`)],
    ['a header without a colon', get('/livez', `foo\r\n${close}`)],
    ['a space before the colon', get('/livez', `foo : a\r\n${close}`)],
    ['a folded header', get('/livez', `foo: a\r\n b\r\n${close}`)],
    ['a header name outside ASCII', get('/livez', `X-\x80: a\r\n${close}`)],
    ['lines that end in LF alone', 'GET /livez HTTP/1.1\nHost: a\n\n'],
    ['no Host', get('/livez', 'Connection: close\r\n\r\n')],
    ['two Hosts', get('/livez', `Host: other\r\n${close}`)],
  ])('%s', async (_, bytes) => {
    await expectRefusal(bytes, 400, 'request_malformed');
  });
});

describe('a body whose length could be read in two ways is refused', () => {
  test.each([
    ['a length that is no number', 'Content-Length: abc\r\n', '{}'],
    ['a negative length', 'Content-Length: -1\r\n', '{}'],
    ['a length with a sign', 'Content-Length: +2\r\n', '{}'],
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n', '{}'],
    ['the same length twice', 'Content-Length: 2\r\nContent-Length: 2\r\n', '{}'],
    ['a list of lengths', 'Content-Length: 2, 2\r\n', '{}'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'],
    ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'],
    ['another coding', 'Transfer-Encoding: gzip\r\n', '{}'],
    ['a coding with a letter before', 'Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'],
    ['chunked, but not last', 'Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'],
    ['a chunk size that is no number', 'Transfer-Encoding: chunked\r\n', 'zz\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size without end', 'Transfer-Encoding: chunked\r\n', `${'f'.repeat(20)}\r\n{}`],
    ['a chunk longer than its size', 'Transfer-Encoding: chunked\r\n', '1\r\n{}\r\n0\r\n\r\n'],
    ['extensions of 20 kB', 'Transfer-Encoding: chunked\r\n', `2;${'a'.repeat(20_000)}\r\n{}`],
  ])('%s', async (_, headers, body) => {
    await expectRefusal(post(headers, body), 400, 'request_malformed');
  });

  test('and whatever follows it is not read as a request', async () => {
    const hidden = post('Content-Length: 17\r\n', '{"title":"smuggled"}');
    const { statuses } = await sendRaw(
      server.port,
      post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`),
    );
    expect(statuses).toEqual([400]);
    const list = await request(server.origin, '/api/users/me/tasks', { token });
    expect(list.text).not.toContain('smuggled');
  });
});

describe('headers that are too large are answered 431', () => {
  test.each([
    ['one of 20 kB', get('/livez', `X: ${'a'.repeat(20_000)}\r\n${close}`)],
    ['a path of 20 kB', get(`/${'a'.repeat(20_000)}`)],
    ['a query of 20 kB', get(`/api/openapi.json?${'a'.repeat(20_000)}`)],
    ['2 000 of them', get('/livez', `${'a:\r\n'.repeat(2_000)}${close}`)],
  ])('%s', async (_, bytes) => {
    await expectRefusal(bytes, 431, 'headers_too_large');
  });

  test('and none is dropped silently below that', async () => {
    const authorization = `Authorization: Bearer ${token}\r\n`;
    const bytes = get('/api/users/me/tasks', `${'a:\r\n'.repeat(900)}${authorization}${close}`);
    expect((await sendRaw(server.port, bytes)).statuses).toEqual([200]);
  });

  test('a path of 12 kB is an address of nothing', async () => {
    await expectRefusal(get(`/${'a'.repeat(12_000)}`), 404, 'not_found');
  });
});

describe('a method', () => {
  test.each(['TRACE', 'PROPFIND', 'QUERY', 'OPTIONS', 'PURGE', 'PUT'])(
    '%s of a known address is answered 405 with those it takes',
    async (method) => {
      const { statuses, text } = await sendRaw(
        server.port,
        `${method} /api/users/me/tasks HTTP/1.1\r\nX-Secret: echo me\r\n${close}`,
      );
      expect(statuses).toEqual([405]);
      expect(text).toMatch(/\r\nallow: .*GET.*POST/i);
      expect(text).not.toContain('echo me');
    },
  );

  test.each(['example.com:443', '/api/users/me/tasks', 'localhost:22'])(
    'CONNECT %s is answered 405, and nothing is connected',
    async (target) => {
      const bytes = `CONNECT ${target} HTTP/1.1\r\nHost: localhost\r\n\r\nSSH-2.0-x\r\n`;
      await expectRefusal(bytes, 405, 'method_not_allowed');
    },
  );
});

describe('what a server may pass over, it passes over', () => {
  test.each([
    ['an upgrade to WebSocket', 'Connection: close, Upgrade\r\nUpgrade: websocket\r\n'],
    ['an upgrade to HTTP/2', 'Connection: close, Upgrade\r\nUpgrade: h2c\r\n'],
    ['an unknown expectation', 'Connection: close\r\nExpect: the-unexpected\r\n'],
  ])('%s', async (_, headers) => {
    const { statuses } = await sendRaw(server.port, get('/livez', `Host: a\r\n${headers}\r\n`));
    expect(statuses).toEqual([200]);
  });

  test('the authority of an absolute target', async () => {
    const { statuses, text } = await sendRaw(server.port, get('http://evil.example/api/nothing?a'));
    expect(statuses).toEqual([404]);
    expect(text).not.toContain('evil');
    expect((await sendRaw(server.port, get('http://evil.example/livez'))).statuses).toEqual([200]);
  });

  test('the authority of an absolute target, for the issuer too', async () => {
    const { statuses, text } = await sendRaw(
      server.port,
      get('http://evil.example/api/auth/token'),
    );
    expect(statuses).toEqual([401]);
    expect(text).not.toContain('evil');
  });
});

describe('on one connection', () => {
  test('requests sent at once are answered in their order', async () => {
    const first = get('/livez', 'Host: a\r\n\r\n');
    const list = `GET /api/users/me/tasks HTTP/1.1\r\nHost: a\r\n\r\n`;
    const bytes = first + list + get('/nothing');
    expect((await sendRaw(server.port, bytes)).statuses).toEqual([200, 401, 404]);
  });

  test('an answer under way is not lost to the garbage behind its request', async () => {
    const body = JSON.stringify({ title: 'before the garbage' });
    const bytes = post(`Content-Length: ${body.length}\r\n`, `${body}`).replace(
      'Connection: close\r\n',
      '',
    );
    const { statuses } = await sendRaw(server.port, `${bytes}garbage\r\n\r\n`);
    expect(statuses).toEqual([201, 400]);
  });

  test('a client that sends on and on after garbage can read that it was refused', async () => {
    const { codes } = await sendRaw(server.port, `garbage\r\n\r\n${'x'.repeat(2_000_000)}`);
    expect(codes).toEqual(['request_malformed']);
  });

  test('a client that closes its side before the headers end is answered 400', async () => {
    expect((await sendHalf('GET /livez HTTP/1.1\r\nHost')).statuses).toEqual([400]);
  });

  test('a client that closes its side while sending a body gets no fault of ours', async () => {
    const { statuses } = await sendHalf(post('Content-Length: 100\r\n', '{"title":'));
    expect(statuses.every((status) => status === 400)).toBe(true);
  });
});

test(
  'no bytes bring it down, keep it waiting, or make it fail',
  async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...[
          'GET ',
          'POST ',
          '/livez',
          ' HTTP/1.1',
          ' HTTP/1.0',
          '\r\n',
          '\r\n\r\n',
          '\n',
          '\r',
          ' ',
        ],
        ...['Host: a', 'Content-Length: 3', 'Transfer-Encoding: chunked', 'Connection: close', '0'],
        ...['/api/users/me/tasks', 'Content-Type: application/json', '{}', ':', ',', '\0', '\xff'],
      ),
      fc.string({ unit: fc.integer({ max: 255 }).map((byte) => String.fromCharCode(byte)) }),
    );
    const property = fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const { statuses } = await sendHalf(pieces.join(''));
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
    });
    await fc.assert(property, runs(500));
  },
  fuzzTimeoutMs,
);

/** A client that says no more after these bytes. */
async function sendHalf(bytes: string) {
  const socket = open(server.port);
  socket.end(bytes, 'latin1');
  return untilClosed(socket);
}
