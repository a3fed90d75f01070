import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as send } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { build } from 'vite';
import { cleanUpAtExit } from '../../support/clean-up.ts';
import { freePort } from '../../support/free-port.ts';
import { startServer } from '../../support/server.ts';

const web = path.resolve(import.meta.dirname, '..', '..', '..', 'web');

/** What the page says when there is a newer one. */
export const offer = 'A new version of Ownlist is ready.';

/** Resolves once the worker, by which the page opens without a network, is in control of it. */
export async function underControl(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { serviceWorker } = navigator;
    if (serviceWorker.controller) return;
    await new Promise((resolve) => {
      serviceWorker.addEventListener('controllerchange', resolve, { once: true });
    });
  });
}

const fronts: (() => Promise<void>)[] = [];

/** Ends every front that was started. */
export async function closeFronts(): Promise<void> {
  for (const close of fronts.splice(0)) await close();
}

/** A server in front of another, which shows a newer page once that is put there. */
export async function startFront(): Promise<{ origin: string; deploy(folder: string): void }> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const behind = await startServer({ env: { BETTER_AUTH_URL: origin } });
  let newer: string | undefined;

  const newerFile = ({ url = '/' }: IncomingMessage, { headers }: IncomingMessage) => {
    if (newer === undefined || url.startsWith('/api/')) return undefined;
    if (url === '/sw.js') return path.join(newer, 'sw.js');
    const isDocument = headers['content-type']?.startsWith('text/html');
    return isDocument ? path.join(newer, 'index.html') : undefined;
  };
  const front = createServer((incoming, outgoing) => {
    // Without conditions every answer has a body, which can be replaced.
    const { 'if-none-match': _tag, 'if-modified-since': _date, ...headers } = incoming.headers;
    const { url: path, method } = incoming;
    const onward = send({ host: 'localhost', port: behind.port, path, method, headers });
    onward.on('response', (answer) => {
      const file = newerFile(incoming, answer);
      const { 'content-length': length, ...others } = answer.headers;
      if (file === undefined) {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      } else {
        answer.resume();
        outgoing.writeHead(200, others);
        outgoing.end(readFileSync(file));
      }
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => front.listen(port, 'localhost', resolve));
  fronts.push(async () => {
    front.closeAllConnections();
    front.close();
    await behind.stop();
  });
  return {
    origin,
    deploy(folder) {
      newer = folder;
    },
  };
}

/** Builds the page anew from the same sources, but for a mark in its document. */
export async function buildNewerPage(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ownlist-newer-page-'));
  cleanUpAtExit({ folder });
  await build({
    root: web,
    configFile: path.join(web, 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
    plugins: [
      {
        name: 'mark',
        transformIndexHtml: () => [
          { tag: 'meta', attrs: { name: 'newer', content: '' }, injectTo: 'head' },
        ],
      },
    ],
  });
  return folder;
}
