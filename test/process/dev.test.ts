import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cleanUpAtExit } from '../support/clean-up.ts';
import { freePort } from '../support/free-port.ts';

const root = resolve(import.meta.dirname, '..', '..');
/** Longer than a machine that is busy with other tests needs to start both servers. */
const deadline = { timeout: 60_000, interval: 100 };

let copy: string;
let page: string;
let development: ReturnType<typeof spawn>;

// In a copy, since files are changed while it runs.
beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'ownlist-dev-'));
  for (const name of [
    'package.json',
    'package-lock.json',
    'tsconfig.base.json',
    'scripts',
    'src',
    'web',
  ]) {
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => source !== join(root, 'web', 'dist'),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const webPort = await freePort();
  page = `http://localhost:${webPort}`;
  development = spawn('npm', ['run', 'dev'], {
    cwd: copy,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PORT: String(await freePort()),
      WEB_PORT: String(webPort),
      DATA_DIR: join(copy, 'data'),
    },
    stdio: 'ignore',
    detached: true,
  });
  cleanUpAtExit({ pid: -Number(development.pid), signal: 'SIGTERM' });
});
afterAll(async () => {
  const group = -Number(development.pid);
  process.kill(group, 'SIGTERM');
  // npm may be gone before what it started has closed its files.
  await vi.waitFor(() => expect(() => process.kill(group, 0)).toThrow('ESRCH'), deadline);
  rmSync(copy, { recursive: true });
});

/** The text at an address of the page's server; empty while nobody answers. */
const textAt = (path: string): Promise<string> =>
  fetch(page + path).then(
    (answer) => (answer.ok ? answer.text() : ''),
    () => '',
  );

test('npm run dev serves the page and, behind it, the server, and both have a change at once', async () => {
  await expect.poll(() => textAt('/readyz'), deadline).toContain('ok');
  await expect.poll(() => textAt('/src/main.tsx'), deadline).toContain('createRoot');

  const docs = join(copy, 'src', 'api', 'docs');
  const marker = '/* changed while it runs */';
  appendFileSync(join(copy, 'web', 'src', 'main.tsx'), `\nexport const changed = 'on the page';\n`);
  await expect.poll(() => textAt('/src/main.tsx'), deadline).toContain('on the page');
  appendFileSync(join(docs, 'style.css'), `\n${marker}\n`);
  appendFileSync(join(docs, 'routes.ts'), `\n${marker}\n`);
  await expect.poll(() => textAt('/api/docs/style.css'), deadline).toContain(marker);
});
