import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { request } from '../../support/client.ts';
import { type RunningServer, startServer } from '../../support/server.ts';
import { newUser } from '../../support/users.ts';
import { faults } from '../faults.ts';
import { open, sendRaw } from './raw.ts';

const idleConnections = 400;
const slowConnections = 200;
const bursts = 10;
const burstSize = 60;
const livezDeadlineMs = 5_000;

let server: RunningServer;
const held: Socket[] = [];

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  for (const socket of held) socket.destroy();
  await server.stop();
});

async function alive(): Promise<boolean> {
  const signal = AbortSignal.timeout(livezDeadlineMs);
  return (await fetch(`${server.origin}/livez`, { signal })).ok;
}

test('a flood leaves /livez answering, and honest requests too', async () => {
  const { token } = await newUser(server.origin);
  for (let n = 0; n < idleConnections + slowConnections; n++) {
    const socket = open(server.port);
    if (n >= idleConnections) socket.write('GET /api/users/me/tasks HTTP/1.1\r\nX-');
    held.push(socket);
  }
  for (let burst = 0; burst < bursts; burst++) {
    const garbage = Array.from({ length: burstSize }, (_, n) =>
      sendRaw(server.port, n % 2 === 0 ? 'garbage\r\n\r\n' : `GET /${'a'.repeat(20_000)}`),
    );
    const honest = Array.from({ length: burstSize }, () =>
      request(server.origin, '/api/users/me/tasks', { token }),
    );
    expect(await alive()).toBe(true);
    expect((await Promise.all(honest)).map(({ status }) => status)).toEqual(
      Array(burstSize).fill(200),
    );
    for (const { statuses } of await Promise.all(garbage)) expect(statuses).toHaveLength(1);
  }
  expect(await alive()).toBe(true);
  expect(faults(server.output())).toEqual([]);
});
