import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Answer,
  accessToken,
  cookieHeader,
  request,
  signUp,
  type User,
} from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

const tasksPath = '/api/users/me/tasks';

function expectRefused(answer: Answer): void {
  expect([answer.status, answer.json?.code]).toEqual([503, 'unavailable']);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('x-request-id')).toBe(answer.json.requestId);
}

describe('with a store that holds everybody up', () => {
  const places = 4;
  let postgres: Postgres;
  let databaseUrl: string;
  let server: RunningServer;
  let ann: User;
  let readMetrics: () => Promise<string>;
  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await postgres.createDatabase();
    const metricsPort = await freePort();
    server = await startServer({
      store: { databaseUrl },
      env: { MAX_CONCURRENT_REQUESTS: String(places), METRICS_PORT: String(metricsPort) },
    });
    ann = await newUser(server.origin);
    readMetrics = async () => (await request(`http://127.0.0.1:${metricsPort}`, '/metrics')).text;
  });
  afterAll(async () => {
    await server.stop();
    await postgres.stop();
  });

  const inFlight = async () =>
    Number(/^ownlist_requests_in_flight (\d+)$/m.exec(await readMetrics())?.[1]);
  const create = (title: string) =>
    request(server.origin, tasksPath, { token: ann.token, body: { title } });

  /** Runs `work` while nobody can write a task. */
  async function whileHeldUp(work: () => Promise<void>): Promise<void> {
    const client = new Client(databaseUrl);
    await client.connect();
    try {
      await client.query('begin; lock table tasks.tasks in access exclusive mode');
      await work();
    } finally {
      await client.end();
    }
  }

  test('the excess is refused at once, whoever asks, what was taken on is done, and all is well after it', async () => {
    let taken: Promise<Answer[]> = Promise.resolve([]);
    await whileHeldUp(async () => {
      taken = Promise.all(Array.from({ length: places }, (_, n) => create(`taken on ${n}`)));
      await expect.poll(inFlight).toBe(places);
      const refused = await Promise.all([
        ...Array.from({ length: 50 }, () => create('too much')),
        request(server.origin, tasksPath),
        request(server.origin, tasksPath, { token: 'not.a.token' }),
        request(server.origin, '/api/auth/get-session', { headers: { cookie: ann.cookie } }),
        request(server.origin, '/nowhere'),
      ]);
      for (const answer of refused) expectRefused(answer);
      expect((await request(server.origin, '/livez')).status).toBe(200);
      expect(await inFlight()).toBe(places);
      expect(await readMetrics()).toMatch(
        /^ownlist_overload_refusals_total\{reason="requests"\} 5[4-9]$/m,
      );
    });
    const answers = await taken;
    expect(answers.map(({ status }) => status)).toEqual(Array(places).fill(201));
    expect(await inFlight()).toBe(0);
    const list = await request(server.origin, tasksPath, { token: ann.token });
    expect(list.json.data.map(({ title }: { title: string }) => title).toSorted()).toEqual(
      Array.from({ length: places }, (_, n) => `taken on ${n}`),
    );
    expect((await request(server.origin, tasksPath)).status).toBe(401);
    expect(server.output()).not.toContain('the request failed');
  });

  test('who leaves before the answer keeps the place as long as the work, and no longer', async () => {
    await whileHeldUp(async () => {
      const leaving = new AbortController();
      const left = Array.from({ length: places }, () =>
        fetch(new URL(tasksPath, server.origin), {
          method: 'POST',
          headers: { authorization: `Bearer ${ann.token}`, 'content-type': 'application/json' },
          body: '{"title":"left behind"}',
          signal: leaving.signal,
        }),
      );
      await expect.poll(inFlight).toBe(places);
      leaving.abort();
      expect((await Promise.allSettled(left)).map(({ status }) => status)).toEqual(
        Array(places).fill('rejected'),
      );
      expectRefused(await create('too much'));
    });
    await expect.poll(inFlight).toBe(0);
  });

  test('who leaves while a file of the page is on its way leaves no place behind', async () => {
    for (let n = 0; n < places * 10; n++) {
      const socket = connect(server.port, 'localhost');
      await once(socket, 'connect');
      socket.write('GET /favicon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n', () => {
        socket.resetAndDestroy();
      });
      await once(socket, 'close');
    }
    await expect.poll(inFlight).toBe(0);
    expect((await fetch(new URL('/favicon.svg', server.origin))).status).toBe(200);
  });

  test('who sends slowly, or waits for the end of a session, takes no place', async () => {
    const slow = `POST ${tasksPath} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 15`;
    const waiting = 'GET /api/users/me/session HTTP/1.1\r\nPrefer: wait=25';
    const sockets: Socket[] = [];
    for (const head of [...Array(places * 2).fill(slow), ...Array(places * 2).fill(waiting)]) {
      const socket = connect(server.port, 'localhost');
      sockets.push(socket);
      // What the server says before it has the body shows that it has the rest.
      const expectation = `Expect: 100-continue\r\nAuthorization: Bearer ${ann.token}`;
      socket.write(`${head}\r\nHost: localhost\r\n${expectation}\r\n\r\n`);
      expect(String((await once(socket, 'data'))[0])).toContain('100 Continue');
    }
    expect((await request(server.origin, tasksPath, { token: ann.token })).status).toBe(200);
    expect((await create('in between')).status).toBe(201);
    for (const socket of sockets) socket.destroy();
  });
});

describe('with more connections than it keeps up with', () => {
  let dataDir: string;
  let server: RunningServer;
  let ann: User;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ownlist-overload-'));
    server = await startServer({ dataDir });
    ann = await newUser(server.origin);
    await server.stop();
    const env = { BETTER_AUTH_SECRET: server.secret, MAX_EVENT_LOOP_DELAY: '20' };
    server = await startServer({ dataDir, port: server.port, env });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true });
  });

  test('a late event loop makes requests be refused, and the server recovers by itself', async () => {
    const connections = await Promise.all(Array.from({ length: 100 }, () => hurry(server, ann)));
    await expect
      .poll(() => connections.some(({ answers }) => answers().includes('503')), {
        timeout: 60_000,
      })
      .toBe(true);
    for (const { stop } of connections) stop();
    const statuses = new Set(connections.flatMap(({ answers }) => answers()));
    expect([...statuses].toSorted()).toEqual(['200', '503']);
    const list = () => request(server.origin, tasksPath, { token: ann.token });
    await expect.poll(async () => (await list()).status, { timeout: 60_000 }).toBe(200);
    expect(server.output()).toContain('overloaded: requests are refused until it keeps up');
  });
});

test('when too many people sign in at once the excess is refused, the others are in, and the rest goes on', async () => {
  const server = await startServer();
  const person = await signUp(server.origin);
  const attempt = () =>
    request(server.origin, '/api/auth/sign-in/email', {
      body: { email: person.email, password: person.password },
      headers: { origin: server.origin },
    });
  const flood = Promise.all(Array.from({ length: 150 }, attempt));
  const token = await accessToken(server.origin, person.cookie);
  expect((await request(server.origin, tasksPath, { token })).status).toBe(200);
  const answers = await flood;
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, json, headers } of refused) {
    expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '2']);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  }
  for (const { status, headers } of answers) {
    if (status === 200) expect(cookieHeader(headers)).toContain('ownlist.session_token=');
  }
  expect((await attempt()).status).toBe(200);
  await server.stop();
});

/** Sends requests on one connection, fifty ahead of their answers, until it is stopped. */
async function hurry({ port }: RunningServer, { token }: User) {
  const ahead = 50;
  const asked =
    `GET ${tasksPath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`.repeat(
      ahead,
    );
  const socket = connect(port, 'localhost');
  await once(socket, 'connect');
  const answers: string[] = [];
  /** What may be the beginning of a status line. */
  let rest = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    const before = Math.floor(answers.length / ahead);
    rest += text;
    const found = [...rest.matchAll(/HTTP\/1\.1 (\d{3}) /g)];
    answers.push(...found.map(([, status]) => status ?? ''));
    const last = found.at(-1);
    rest = rest
      .slice(last === undefined ? 0 : last.index + last[0].length)
      .slice(-'HTTP/1.1 200'.length);
    if (Math.floor(answers.length / ahead) > before) socket.write(asked);
  });
  socket.on('error', () => socket.destroy());
  socket.write(asked);
  return { answers: () => answers, stop: () => socket.destroy() };
}
