import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig } from '../../../src/config/config.ts';
import type { HttpLimits } from '../../../src/http/http-limits.ts';
import { buildServer } from '../../../src/server.ts';

export interface ImpatientServer {
  port: number;
  /** Resolves when the server has let go of the next connection that it gets. */
  nextReleased: () => Promise<void>;
  close: () => Promise<void>;
}

/** The whole server, in this process, with limits that a test can wait for. */
export async function startImpatient(limits: HttpLimits): Promise<ImpatientServer> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ownlist-impatient-'));
  const settings = {
    DATA_DIR: dataDir,
    BETTER_AUTH_SECRET: randomBytes(32).toString('base64url'),
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'silent',
  };
  const app = await buildServer({ ...parseConfig(settings, {}, []), version: '0' }, limits);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo; // It listens on a port.
  return {
    port,
    nextReleased: () =>
      new Promise((resolve) => {
        app.server.once('connection', (socket) => socket.once('close', () => resolve()));
      }),
    close: async () => {
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
