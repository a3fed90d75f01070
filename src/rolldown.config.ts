import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'rolldown';

const here = import.meta.dirname;
const httpByRequire = '\0http';

/**
 * The server as one folder that needs no package beside it: it starts in half the time and with
 * two thirds of the memory (docs/decisions/0028). All files are in that one folder, so that what
 * they look for beside themselves is there.
 */
export default defineConfig({
  input: {
    main: path.join(here, 'main.ts'),
    'checkpoint-worker': path.join(here, 'db', 'checkpoint-worker.ts'),
    'changes-worker': path.join(here, 'api', 'changes-worker.ts'),
    'issuer-worker': path.join(here, 'issuer-worker.ts'),
  },
  platform: 'node',
  // Looked for by pg when somebody asks for it, and nobody does.
  external: ['pg-native'],
  plugins: [
    {
      // To import it as a module Node reads every property of it, one of which loads all of `fetch`.
      name: 'http-by-require',
      resolveId: (source, importer) =>
        source === 'node:http' && importer !== httpByRequire ? httpByRequire : null,
      load: (id) => (id === httpByRequire ? 'module.exports = require("node:http");' : null),
    },
    {
      name: 'style-sheet-of-the-reference',
      buildStart() {
        const source = readFileSync(path.join(here, 'api', 'docs', 'style.css'));
        this.emitFile({ type: 'asset', fileName: 'style.css', source });
      },
    },
  ],
  output: {
    dir: path.join(here, '..', 'dist'),
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
});
