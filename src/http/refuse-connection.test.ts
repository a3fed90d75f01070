import { once } from 'node:events';
import { createServer, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { queryObjects } from 'node:v8';
import { expect, onTestFinished, test } from 'vitest';
import { refuseConnections } from './refuse-connection.ts';

test('an idle connection keeps nothing of the last request on it', async () => {
  const server = createServer((_, response) => response.end('ok'));
  refuseConnections(server, 'http://localhost');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  await expect.poll(() => queryObjects(ServerResponse, { format: 'count' })).toBe(0);
});
