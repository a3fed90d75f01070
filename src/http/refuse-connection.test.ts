import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { queryObjects } from 'node:v8';
import { expect, onTestFinished, test } from 'vitest';
import { answersWith } from './answers.ts';
import { refuseConnections } from './refuse-connection.ts';

test('an idle connection keeps nothing of the last request on it', async () => {
  const { Answer } = answersWith({}, {});
  const server = createServer({ ServerResponse: Answer }, (_, answer) => answer.end('ok'));
  refuseConnections(server, 'http://localhost');
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  await expect.poll(() => queryObjects(Answer, { format: 'count' })).toBe(0);
});
