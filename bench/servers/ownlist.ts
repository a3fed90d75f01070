import path from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import { root } from '../folder.ts';
import { type ProcessOptions, type Server, startProcess } from './process.ts';

/** What every server of a run shares, so that one token is right everywhere. */
export interface Shared {
  secret: string;
  origin: string;
}

/**
 * Ownlist as `npm start` runs it: built, with the compile cache, a line in the log for each answer;
 * on an empty data folder and without rate limits. What is inspected runs from the sources, so that
 * a profile names them.
 */
export async function startOwnlist(
  { secret, origin }: Shared,
  folder: string,
  options: Partial<ProcessOptions> & { inspect?: boolean } = {},
): Promise<Server> {
  const { inspect = false, ...rest } = options;
  const program = inspect ? 'src/main.ts' : 'dist/main.js';
  const inspectPort = inspect ? await freePort() : undefined;
  const nodeArgs = inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`];
  const server = await startProcess({
    name: 'ownlist',
    command: [process.execPath, ...nodeArgs, path.join(root, program)],
    folder,
    readyPath: '/readyz',
    ...rest,
    env: {
      NODE_COMPILE_CACHE: path.join(root, '.cache', 'compile'),
      DATA_DIR: path.join(folder, 'data'),
      BETTER_AUTH_URL: origin,
      BETTER_AUTH_SECRET: secret,
      RATE_LIMIT: 'off',
      ...rest.env,
    },
  });
  return { ...server, ...(inspectPort !== undefined && { inspectPort }) };
}
