import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to connections, and to those who ask for any; and above 10080,
 * the last of those to which no browser and no `fetch` connects (https://fetch.spec.whatwg.org/#port-blocking).
 */
const lowest = 11_000;
const portsOfWorker = 1_000;
/** Vitest's number of this worker, or Playwright's. */
const worker = Number(process.env['VITEST_POOL_ID'] ?? process.env['TEST_PARALLEL_INDEX'] ?? 0);
const first = lowest + (worker % 20) * portsOfWorker;
let next = randomInt(portsOfWorker);

/**
 * A TCP port on localhost that was free a moment ago. Each worker has ports of its own, and comes
 * back to one late, so that nobody else takes it before a server does.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < portsOfWorker; tried++) {
    const port = first + (next++ % portsOfWorker);
    if (await canListen(port)) return port;
  }
  throw new Error(`No port from ${first} on is free.`);
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
