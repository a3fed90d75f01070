// biome-ignore-all lint/style/noRestrictedImports: this runs in Node, when the page is built.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin, type ResolvedConfig } from 'vite';

const workerName = 'sw.js';

/** As workbox-precaching takes them. */
interface BuiltFile {
  url: string;
  /** Null where the name changes with the content. */
  revision: string | null;
  /** What was built, or the installation fails: never one half of this page and one of the next. */
  integrity: string;
}

/**
 * Builds the service worker after the page and beside it, as `/sw.js`, with a list of every file of
 * the page and its digest written in. A file that changes therefore changes the worker, by which
 * browsers learn that there is a new page.
 *
 * @param source The URL of the worker's source.
 */
export function serviceWorker(source: string): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'ownlist:service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    // By now everything is in the folder as it will be served, also what was in `public`.
    async writeBundle({ dir = config.build.outDir }) {
      const files = builtFiles(dir, config.build.assetsDir);
      await buildWorker(fileURLToPath(source), { ...config.build, outDir: dir }, files);
    },
  };
}

function builtFiles(folder: string, hashedFolder: string): BuiltFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .map((name) => name.replaceAll(path.sep, '/'))
    .filter((name) => name !== workerName && !name.startsWith('.'))
    .sort()
    .map((name) => {
      const digest = createHash('sha384')
        .update(readFileSync(path.join(folder, name)))
        .digest('base64');
      return {
        url: `/${name}`,
        revision: name.startsWith(`${hashedFolder}/`) ? null : digest,
        integrity: `sha384-${digest}`,
      };
    });
}

async function buildWorker(
  entry: string,
  { outDir, target, minify }: ResolvedConfig['build'],
  files: BuiltFile[],
): Promise<void> {
  await build({
    configFile: false,
    root: path.dirname(entry),
    publicDir: false,
    logLevel: 'warn',
    define: { builtFiles: JSON.stringify(files) },
    build: {
      outDir,
      emptyOutDir: false,
      target,
      minify,
      modulePreload: false,
      rolldownOptions: { input: entry, output: { format: 'iife', entryFileNames: workerName } },
    },
  });
}
