import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseConfig } from '../../src/config/config.ts';
import { buildServer } from '../../src/server.ts';
import { freePort } from '../support/free-port.ts';
import type { RunningServer, ServerOptions } from '../support/server.ts';

/** The secret of every server here, so that tokens can be made without a sign-in. */
export const sharedSecret = randomBytes(32).toString('base64url');

/**
 * The API alone, in the process of the test, in place of a server in a process of its own: a
 * mutant is switched on in this process. Everything else is as in `support/server.ts`.
 */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'ownlist-mutation-')));
  const origin = `http://localhost:${port}`;
  const settings = {
    ROLE: 'api',
    PORT: String(port),
    DATA_DIR: dataDir,
    BETTER_AUTH_URL: origin,
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'silent',
    ...options.env,
    BETTER_AUTH_SECRET: sharedSecret,
  };
  const app = await buildServer({ ...parseConfig(settings, {}, []), version: '0.0.0' });
  await app.listen({ host: 'localhost', port });
  const exit = { code: 0, signal: null };
  const stop = async () => {
    await app.close();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    return exit;
  };
  return {
    origin,
    port,
    dataDir,
    secret: sharedSecret,
    pid: process.pid,
    output: () => '',
    stop,
    kill: async () => app.close(),
    exited: Promise.resolve(exit),
  };
}
