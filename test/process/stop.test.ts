import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { request } from '../support/client.ts';
import { startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets a request in flight finish, then ends with code 0',
  async (signal) => {
    const server = await startServer();
    const { token } = await newUser(server.origin);
    const body = JSON.stringify({ title: 'half sent' });
    const socket = connect(server.port, 'localhost');
    const answer = new Promise<string>((resolve, reject) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        if (text.includes('100 Continue') && !text.includes('201')) {
          // The server is waiting for the body: now it is asked to stop, and then gets the rest.
          process.kill(server.pid, signal);
          socket.write(body);
        }
      });
      socket.on('close', () => resolve(text)).on('error', reject);
    });
    socket.write(
      `POST /api/users/me/tasks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
        'Expect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    expect(await answer).toContain('HTTP/1.1 201 Created');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.output()).toContain('"msg":"stopped"');
    await server.stop();
  },
);

test('an idle connection does not hold the server up', async () => {
  const server = await startServer();
  const socket = connect(server.port, 'localhost');
  await new Promise((resolve) => socket.once('connect', resolve));
  expect((await request(server.origin, '/livez')).status).toBe(200);
  const { code } = await server.stop();
  socket.destroy();
  expect(code).toBe(0);
});

test('whoever waits for the end of a session does not hold the server up: they are answered', async () => {
  const server = await startServer();
  const { token } = await newUser(server.origin);
  const waiting = request(server.origin, '/api/users/me/session', {
    token,
    headers: { prefer: 'wait=25' },
  });
  // Answered after the first one has arrived.
  expect((await request(server.origin, '/api/users/me/tasks', { token })).status).toBe(200);
  const { code } = await server.stop();
  expect(code).toBe(0);
  expect((await waiting).status).toBe(204);
});

test('a signal sent twice stops the server once', async () => {
  const server = await startServer();
  process.kill(server.pid, 'SIGINT');
  const { code } = await server.stop();
  expect(code).toBe(0);
});
