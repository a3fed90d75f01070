import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { parseConfig } from '../../src/config/config.ts';
import { buildServer } from '../../src/server.ts';
import { freePort } from '../support/free-port.ts';
import type { Store } from '../support/store.ts';

export interface InProcess {
  app: FastifyInstance;
  origin: string;
  port: number;
  dataDir: string;
  close(): Promise<void>;
}

/**
 * The whole server in this process, not listening yet. `watch` gets it before it has any route
 * (https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks).
 */
export async function buildInProcess(
  store: Store,
  watch: (app: FastifyInstance) => void = () => undefined,
): Promise<InProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'ownlist-data-'));
  const port = await freePort();
  const settings = {
    PORT: String(port),
    BETTER_AUTH_URL: `http://localhost:${port}`,
    DATA_DIR: dataDir,
    BETTER_AUTH_SECRET: randomBytes(32).toString('base64url'),
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'silent',
    // A slow machine may take longer than the usual five minutes.
    ACCESS_TOKEN_LIFETIME: '3600',
    DATABASE_URL: store === 'sqlite' ? '' : store.databaseUrl,
  };
  const config = parseConfig(settings, {}, []);
  // The channel's message is what Fastify documents for it.
  const onBuild = (message: unknown) => watch((message as { fastify: FastifyInstance }).fastify);
  subscribe('fastify.initialization', onBuild);
  try {
    const app = await buildServer({ ...config, version: '0.0.0' });
    const close = async () => {
      await app.close();
      await rm(dataDir, { recursive: true });
    };
    return { app, port, origin: config.origin, dataDir, close };
  } finally {
    unsubscribe('fastify.initialization', onBuild);
  }
}
