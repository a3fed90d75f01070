import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { httpLimits } from '../../../src/http/http-limits.ts';
import { request } from '../../support/client.ts';
import { type ImpatientServer, startImpatient } from './impatient-server.ts';
import { open, sendRaw, untilClosed } from './raw.ts';

const dripMs = 20;
const limits = {
  headersTimeoutMs: 400,
  requestTimeoutMs: 800,
  inactivityTimeoutMs: 1_000,
  checkIntervalMs: 50,
};

let server: ImpatientServer;
/** One that disconnects nobody for being silent: what ends there ends for another reason. */
let patient: ImpatientServer;
/** One that gives a body all the time it takes. */
let unhurried: ImpatientServer;
beforeAll(async () => {
  server = await startImpatient(limits);
  patient = await startImpatient({ ...limits, inactivityTimeoutMs: 600_000 });
  unhurried = await startImpatient({
    ...limits,
    requestTimeoutMs: 600_000,
    inactivityTimeoutMs: 600_000,
  });
});
afterAll(() => Promise.all([server.close(), patient.close(), unhurried.close()]));
afterEach(async () => {
  expect((await request(`http://127.0.0.1:${server.port}`, '/livez')).status).toBe(200);
});

/** Sends the text one byte after the other, again and again, as long as the server listens. */
function drip(socket: Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), dripMs);
  socket.on('end', () => clearInterval(timer)).on('close', () => clearInterval(timer));
}

const createHeaders =
  'POST /api/auth/sign-in/email HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

describe('a client that takes too long is answered 408 and disconnected:', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['one that sends nothing', () => undefined],
    ['one that stops within its headers', (socket) => socket.write('GET /livez HTTP/1.1\r\nX-')],
    [
      'one whose headers never end',
      (socket) => {
        socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n');
        drip(socket, 'X: a\r\n');
      },
    ],
    [
      'one whose body never comes',
      (socket) => socket.write(`${createHeaders}Content-Length: 100\r\n\r\n`),
    ],
    [
      'one whose body comes byte by byte',
      (socket) => {
        socket.write(`${createHeaders}Content-Length: 10000\r\n\r\n`);
        drip(socket, ' ');
      },
    ],
    [
      'one whose chunks never end',
      (socket) => {
        socket.write(`${createHeaders}Transfer-Encoding: chunked\r\n\r\n`);
        drip(socket, '1\r\n \r\n');
      },
    ],
    [
      'one that is slow after a request that was not',
      (socket) => socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HT'),
    ],
  ])('%s', async (name, begin) => {
    const socket = open(server.port);
    begin(socket);
    const { statuses, codes } = await untilClosed(socket);
    expect(codes).toEqual(['request_timeout']);
    expect(statuses).toEqual(name.includes('after a request') ? [200, 408] : [408]);
  });
});

describe('the server lets go of a connection whose client', () => {
  test('is idle after its answer', async () => {
    const released = server.nextReleased();
    const bytes = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
    expect((await sendRaw(server.port, bytes)).statuses).toEqual([200]);
    await released;
  });

  test('never reads the answers', async () => {
    const released = server.nextReleased();
    const socket = open(server.port).pause();
    socket.write('GET /api/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_000));
    await released;
    socket.destroy();
  });

  test('was refused, and neither reads that nor closes its side', async () => {
    const released = patient.nextReleased();
    const socket = open(patient.port).pause();
    socket.write('garbage\r\n\r\n');
    await released;
    socket.destroy();
  });

  test('was refused, and goes on sending', async () => {
    const released = patient.nextReleased();
    const socket = open(patient.port);
    socket.write('garbage\r\n\r\n');
    drip(socket.pause(), 'more garbage');
    await released;
    socket.destroy();
  });
});

test('a body that comes in parts, in time, is read whole', async () => {
  const body = JSON.stringify({ email: 'nobody@example.com', password: 'not a real one' });
  const socket = open(unhurried.port);
  const closed = untilClosed(socket);
  socket.write(`${createHeaders}Origin: http://localhost:3000\r\nConnection: close\r\n`);
  socket.write(`Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
  setTimeout(() => socket.write(body.slice(10)), limits.headersTimeoutMs * 2);
  expect((await closed).codes).toEqual(['INVALID_EMAIL_OR_PASSWORD']);
});

test('in operation a slow client is looked for every second, and none has half a minute', () => {
  expect(httpLimits.checkIntervalMs).toBeLessThanOrEqual(1_000);
  expect(httpLimits.headersTimeoutMs).toBeLessThan(httpLimits.requestTimeoutMs);
  expect(httpLimits.requestTimeoutMs).toBeLessThanOrEqual(30_000);
});
