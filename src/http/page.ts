import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Serves the page that `vite build` left in the folder. Its assets carry a hash of their content in
 * their names, so they are kept for good; everything else is asked for anew each time, above all
 * the document and the service worker, by which a browser learns of a new version.
 */
export async function servePage(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(folder)) {
    app.log.warn('the page is not built: run npm start, or npm run dev to work on it');
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    dotfiles: 'ignore',
    cacheControl: false,
    // The files are small: parts of them are worth no answers of their own.
    acceptRanges: false,
    setHeaders: (response, path) => {
      const hashed = path.startsWith(join(folder, 'assets'));
      response.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

/**
 * Whether a request that no route answered is somebody opening an address of the page. Where the
 * page is kept, the service worker decides: `addressesOfTheServer` there has every route of ours.
 */
export function isNavigation(request: FastifyRequest): boolean {
  return (
    request.method === 'GET' &&
    !/^\/(api|assets)(\/|$|\?)/.test(request.url) &&
    (request.headers.accept ?? '').includes('text/html')
  );
}

/** The page's document, which shows the address that was opened. */
export function sendPage(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html');
}
