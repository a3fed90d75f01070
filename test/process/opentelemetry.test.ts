import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUpAtExit } from '../support/clean-up.ts';
import { request, type User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { newUser } from '../support/users.ts';

/** A receiver of OTLP over HTTP, with all that it got: protobuf has its strings as they are. */
let receiver: Server;
let received = '';
const paths = new Set<string>();
let server: RunningServer;
let ann: User;

beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ownlist-telemetry-'));
  cleanUpAtExit({ folder });
  cpSync(path.join(import.meta.dirname, 'opentelemetry'), folder, { recursive: true });
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
  });

  receiver = createServer((asked, answer) => {
    paths.add(`${asked.method} ${asked.url} ${asked.headers['content-type']}`);
    asked.setEncoding('latin1').on('data', (text: string) => {
      received += text;
    });
    asked.on('end', () => answer.end());
  });
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo; // It listens on a port.

  // What docs/operations/metrics.md says, and a shorter wait before spans are sent.
  server = await startServer({
    cwd: folder,
    env: {
      NODE_OPTIONS: '--import @opentelemetry/auto-instrumentations-node/register',
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http',
      OTEL_SERVICE_NAME: 'ownlist',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    },
  });
  ann = await newUser(server.origin);
});
afterAll(async () => {
  await server?.stop();
  receiver?.close().closeAllConnections();
});

test("with OpenTelemetry's packages each request is a span, with its path and status, without what is secret", async () => {
  const title = 'only-in-a-body';
  const made = await request(server.origin, '/api/users/me/tasks', {
    method: 'POST',
    token: ann.token,
    body: { title },
  });
  expect(made.status).toBe(201);
  expect((await request(server.origin, '/api/users/me/tasks?q=asked')).status).toBe(401);
  expect((await request(server.origin, '/api/openapi.json')).status).toBe(200);

  for (const one of ['POST', '/api/users/me/tasks', 'q=asked', '/api/openapi.json', 'ownlist']) {
    await expect.poll(() => received).toContain(one);
  }
  expect([...paths]).toContain('POST /v1/traces application/x-protobuf');
  for (const secret of [ann.token, ann.password, ann.cookie, title]) {
    expect(received).not.toContain(secret);
  }
});
