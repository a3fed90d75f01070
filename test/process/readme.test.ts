import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../support/server.ts';

const readme = readFileSync('README.md', 'utf8');
const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);

test('every command of the README is one that these tests or the continuous build run', () => {
  // npm start is run by the browser tests and npm test by the build; the calls are run below.
  expect(blocks.filter((block) => !block.includes('curl'))).toEqual(['npm start\n', 'npm test\n']);
});

test('the first call of the README leads from signing up to a created task', async () => {
  const server = await startServer({ env: { RATE_LIMIT: undefined } });
  const folder = mkdtempSync(join(tmpdir(), 'ownlist-readme-'));
  const calls = blocks.find((block) => block.includes('curl')) ?? '';
  const { status, stdout, stderr } = spawnSync(
    'bash',
    // Its input is a socket, by which bash may take itself for a remote shell, and read its own files.
    ['--norc', '-euo', 'pipefail', '-c', calls.replace('http://localhost:3000', server.origin)],
    { cwd: folder, encoding: 'utf8' },
  );
  await server.stop();
  rmSync(folder, { recursive: true });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/"title":"Water the plants".*"version":1\}$/);
});

test('every file that the documentation names is there', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...globSync('docs/**/*.md')];
  const missing = pages.flatMap((page) => {
    const text = readFileSync(page, 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) =>
      join(dirname(page), path),
    );
    const named = [...text.matchAll(/`((?:src|test|web|docs|scripts)\/[\w./-]+)`/g)].map(
      ([, path = '']) => path,
    );
    return [...links, ...named]
      .filter((path) => !existsSync(path))
      .map((path) => `${page}: ${path}`);
  });
  expect(missing).toEqual([]);
});
