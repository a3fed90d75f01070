import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, request, type User } from '../support/client.ts';
import { freePort } from '../support/free-port.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

let metricsPort: number;
let server: RunningServer;
let ann: User;
beforeAll(async () => {
  metricsPort = await freePort();
  server = await startServer({ env: { METRICS_PORT: String(metricsPort) } });
  ann = await newUser(server.origin);
});
afterAll(async () => {
  await server.stop();
});

const read = (port = metricsPort): Promise<Answer> =>
  request(`http://127.0.0.1:${port}`, '/metrics');

/** The value of the one series that has this name and these labels, or undefined. */
function metric(text: string, name: string, labels: Record<string, string> = {}) {
  const found = text.split('\n').filter((line) => {
    const isNamed = line.startsWith(`${name} `) || line.startsWith(`${name}{`);
    return (
      isNamed && Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`))
    );
  });
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0] === undefined ? undefined : Number(found[0].split(' ').at(-1));
}

/** Sends a request as it stands: `fetch` would tidy its path up. */
function sendRaw(path: string, method = 'GET'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: 'localhost', port: server.port, path, method }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });
}

test('requests are counted with their durations by route, method and status', async () => {
  const path = '/api/users/me/tasks';
  const list = { method: 'GET', route: '/api/users/:userId/tasks', status: '200' };
  const count = 'ownlist_http_request_duration_seconds_count';
  const before = metric((await read()).text, count, list) ?? 0;
  for (let n = 0; n < 3; n++) await request(server.origin, path, { token: ann.token });
  await request(server.origin, path);
  // An answer is counted when all of it is sent, which may be after it has arrived.
  await expect.poll(async () => metric((await read()).text, count, list)).toBe(before + 3);
  const { status, headers, text } = await read();
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(metric(text, count, { ...list, status: '401' })).toBe(1);
  const all = { ...list, le: '+Inf' };
  expect(metric(text, 'ownlist_http_request_duration_seconds_bucket', all)).toBe(before + 3);
});

test('no address, no id and no word of a client is in the metrics, whatever is sent', async () => {
  const marker = 'zaphod';
  const task = await request(server.origin, '/api/users/me/tasks', {
    token: ann.token,
    body: { title: marker },
    headers: { 'user-agent': marker, 'x-forwarded-for': '203.0.113.77' },
  });
  expect(task.status).toBe(201);
  const paths = [
    `/api/users/${ann.userId}/tasks/${task.json.id}?q=${marker}`,
    `/${marker}/../${marker}`,
    `//${marker}`,
    `/api/${marker}%0aownlist_up%201`,
    `/api/auth/${marker}?email=${ann.email}`,
    `/api/problems/${marker}`,
    `/assets/${marker}.js`,
    `/api/users/${marker}"}%20evil/tasks`,
    `/%ff${marker}`,
    `/${marker}`.repeat(1000),
  ];
  for (const path of paths) await sendRaw(path);
  for (const method of ['PROPFIND', 'BREW', 'M-SEARCH', 'TRACE'])
    await sendRaw(`/${marker}`, method).catch(() => 0);
  const token = `${ann.token.slice(0, -4)}${marker}`;
  await request(server.origin, `/api/users/${ann.userId}/tasks/${task.json.id}`, { token });
  const { text } = await read();
  for (const secret of [
    marker,
    ann.userId,
    ann.email,
    task.json.id,
    ann.token,
    '203.0.113',
    'PROPFIND',
  ]) {
    expect(text).not.toContain(secret);
  }
  expect(text).not.toContain(ann.cookie.split('=')[1]);
  for (const line of text.split('\n').filter(Boolean)) {
    expect(line).toMatch(/^(# (HELP|TYPE) |[a-z_0-9]+(\{[^{}]*\})? [-+0-9.eNaInf]+$)/);
  }
  expect(
    metric(text, 'ownlist_http_request_duration_seconds_count', {
      route: 'none',
      method: 'other',
    }),
  ).toBeGreaterThan(0);
});

test('tokens are counted as verified, remembered or refused, with the reason', async () => {
  const outcomes = async () => {
    const { text } = await read();
    return Object.fromEntries(
      ['verified', 'remembered', 'token_invalid', 'token_expired', 'token_revoked'].map(
        (outcome) => [outcome, metric(text, 'ownlist_access_tokens_total', { outcome })],
      ),
    );
  };
  const ben = await newUser(server.origin);
  const before = await outcomes();
  const list = (token: string) => request(server.origin, '/api/users/me/tasks', { token });
  for (let n = 0; n < 3; n++) await list(ben.token);
  await list('not.a.token');
  await request(server.origin, '/api/auth/sign-out', {
    method: 'POST',
    headers: { cookie: ben.cookie, origin: server.origin },
  });
  expect((await list(ben.token)).json.code).toBe('token_revoked');
  const after = await outcomes();
  const more = Object.entries(after).map(([outcome, count]) => [
    outcome,
    (count ?? 0) - (before[outcome] ?? 0),
  ]);
  expect(Object.fromEntries(more)).toEqual({
    verified: 1,
    remembered: 2,
    token_invalid: 1,
    token_expired: 0,
    token_revoked: 1,
  });
  const { text } = await read();
  expect(metric(text, 'ownlist_revocations_held')).toBe(1);
  expect(metric(text, 'ownlist_revocations_age_seconds')).toBeLessThan(10);
});

test('the stores, the event loop, the load and the version are told', async () => {
  const { text } = await read();
  const statements = 'ownlist_store_statement_duration_seconds_count';
  for (const store of ['accounts', 'guard', 'tasks']) {
    expect(metric(text, statements, { store, kind: 'select' })).toBeGreaterThan(0);
  }
  for (const kind of ['insert', 'commit']) {
    expect(metric(text, statements, { store: 'tasks', kind })).toBeGreaterThan(0);
  }
  expect(metric(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  expect(metric(text, 'ownlist_requests_in_flight')).toBe(0);
  expect(metric(text, 'ownlist_overload_refusals_total', { reason: 'requests' })).toBe(0);
  expect(metric(text, 'ownlist_build_info', { role: 'all' })).toBe(1);
});

describe('the listener of the metrics', () => {
  test('answers GET /metrics and nothing else', async () => {
    const origin = `http://127.0.0.1:${metricsPort}`;
    expect((await request(origin, '/')).status).toBe(404);
    expect((await request(origin, '/livez')).status).toBe(404);
    const posted = await request(origin, '/metrics', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
  });

  test('is not the public one, which has no such address', async () => {
    const answer = await request(server.origin, '/metrics');
    expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
    expect(answer.text).not.toContain('ownlist_');
  });

  test('is on this machine alone', async () => {
    const socket = connect(metricsPort, '::1');
    const refused = await new Promise((resolve) => {
      socket.once('connect', () => resolve(false)).once('error', () => resolve(true));
    });
    socket.destroy();
    expect(refused).toBe(true);
  });

  test('is closed with the server, and a taken port is told with the remedy', async () => {
    const taken = startServer({ env: { METRICS_PORT: String(metricsPort) } });
    await expect(taken).rejects.toThrow(
      /metrics cannot be served.*Set METRICS_PORT to a free port/,
    );
    const port = await freePort();
    const other = await startServer({ env: { METRICS_PORT: String(port) } });
    expect((await read(port)).status).toBe(200);
    expect(await other.stop()).toEqual({ code: 0, signal: null });
    await expect(read(port)).rejects.toThrow();
  });
});

test('every query of the dashboard is about a metric that the server has', async () => {
  const { text } = await read();
  const names = new Set([...text.matchAll(/^([a-z_0-9]+)[ {]/gm)].map(([, name]) => name ?? ''));
  const dashboard = readFileSync('docs/operations/grafana-dashboard.json', 'utf8');
  const queries = [...dashboard.matchAll(/"(?:expr|query)": "((?:[^"\\]|\\.)*)"/g)].map(
    ([, query]) => query ?? '',
  );
  const used = queries.flatMap(
    (query) => query.match(/\b(ownlist|nodejs|process)_[a-z_0-9]+/g) ?? [],
  );
  expect(queries.length).toBeGreaterThan(8);
  expect(new Set(used).size).toBeGreaterThan(8);
  expect(used.filter((name) => !names.has(name))).toEqual([]);
  const page = readFileSync('docs/operations/metrics.md', 'utf8');
  const documented: string[] = page.match(/\bownlist_[a-z_]+/g) ?? [];
  const bases = new Set([...names].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
  expect(documented.filter((name) => !names.has(name) && !bases.has(name))).toEqual([]);
  const own = [...bases].filter((name) => name.startsWith('ownlist_'));
  expect(own.filter((name) => !documented.includes(name))).toEqual([]);
});

describe('on PostgreSQL', () => {
  let postgres: Postgres;
  let onPostgres: RunningServer | undefined;
  afterAll(async () => {
    await onPostgres?.stop();
    await postgres.stop();
  });

  test('the statements of every store are timed', async () => {
    postgres = await startPostgres();
    const port = await freePort();
    onPostgres = await startServer({
      store: { databaseUrl: await postgres.createDatabase() },
      env: { METRICS_PORT: String(port) },
    });
    const user = await newUser(onPostgres.origin);
    await request(onPostgres.origin, '/api/users/me/tasks', {
      token: user.token,
      body: { title: 'x' },
    });
    const { text } = await read(port);
    const statements = 'ownlist_store_statement_duration_seconds_count';
    for (const store of ['accounts', 'guard', 'tasks']) {
      expect(metric(text, statements, { store, kind: 'select' })).toBeGreaterThan(0);
    }
    expect(metric(text, statements, { store: 'tasks', kind: 'commit' })).toBeGreaterThan(0);
  });
});
