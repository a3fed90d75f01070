import path from 'node:path';
import { root } from '../folder.ts';
import { type Server, startProcess } from './process.ts';

/** Fastify with one route that answers nothing but a word. */
export function startBareFastify(folder: string): Promise<Server> {
  const program = path.join(import.meta.dirname, '..', 'programs', 'bare-fastify.ts');
  return startProcess({
    name: 'bare-fastify',
    command: [process.execPath, program],
    env: { NODE_COMPILE_CACHE: path.join(root, '.cache', 'compile') },
    folder,
    readyPath: '/livez',
    everywhere: true,
  });
}
