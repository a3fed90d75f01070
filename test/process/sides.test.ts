import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ownlist-sides-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * The modules that a server of a role loads until it is ready, and the stores it then has. A built
 * file says in comments which modules it is made of.
 */
async function sideOf(role: string): Promise<{ modules: string[]; stores: string[] }> {
  const trace = path.resolve(import.meta.dirname, '../support/trace-modules.ts');
  const list = path.join(folder, role);
  const server = await startServer({
    args: ['--role', role],
    env: { NODE_OPTIONS: `--import=${trace}`, MODULE_TRACE: list },
  });
  const stores = globSync('*.db', { cwd: server.dataDir }).toSorted();
  await server.stop();
  const modules = readFileSync(list, 'utf8')
    .trim()
    .split('\n')
    .filter((url) => url.startsWith('file:'))
    .flatMap((url) => [...readFileSync(new URL(url), 'utf8').matchAll(/^\/\/ (\S+\.\w+)$/gm)])
    .map(([, module = '']) => module);
  return { modules, stores };
}

const ofIssuer = /better-auth|^src\/(issuer\/|open-issuer)/;
const ofApi = /^src\/api\/(api|mount|tasks\/(routes|store))\.ts/;

test('a server of the API loads nothing of Better Auth or the issuer, and has no accounts', async () => {
  const { modules, stores } = await sideOf('api');
  expect(modules.filter((url) => ofIssuer.test(url))).toEqual([]);
  expect(modules.filter((url) => ofApi.test(url)).length).toBeGreaterThanOrEqual(4);
  expect(stores).toEqual(['guard.db', 'tasks.db']);
});

test('a server of the issuer loads no operation of the API, and has no tasks', async () => {
  const { modules, stores } = await sideOf('issuer');
  expect(modules.filter((url) => /^src\/api\/(api|mount|tasks\/routes)\.ts/.test(url))).toEqual([]);
  expect(modules.filter((url) => ofIssuer.test(url)).length).toBeGreaterThan(10);
  expect(stores).toEqual(['accounts.db', 'guard.db']);
});
