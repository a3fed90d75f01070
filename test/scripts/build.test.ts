import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureBuilt, isStale, page, server, stampOf } from '../../scripts/build.mjs';

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'ownlist-build-'));
  write('package-lock.json', '{}');
  write('src/contract/task.ts', 'export {};');
  write('src/api/api.ts', 'export {};');
  write('web/index.html', '<!doctype html>');
  write('web/src/main.tsx', 'render();');
  write('web/dist/.stamp', stampOf(root, page));
  write('dist/.stamp', stampOf(root, server));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
}

/** Which of the two would be built. */
function stale(): string[] {
  return [page, server]
    .filter((target) => isStale(root, target, stampOf(root, target)))
    .map(({ name }) => name);
}

test('what was built from these sources is up to date', () => {
  expect(stale()).toEqual([]);
});

test.each([
  ['web/src/main.tsx', ['page']],
  ['web/index.html', ['page']],
  ['src/api/api.ts', ['server']],
  ['src/contract/task.ts', ['page', 'server']],
  ['package-lock.json', ['page', 'server']],
])('when %s has changed, stale is what is made of it', (name, expected) => {
  write(name, 'changed');
  expect(stale()).toEqual(expected);
});

test('what a source was added to is stale', () => {
  write('web/src/features/tasks.tsx', '');
  expect(stale()).toEqual(['page']);
});

test('what a source was renamed in is stale', () => {
  renameSync(path.join(root, 'web/src/main.tsx'), path.join(root, 'web/src/start.tsx'));
  expect(stale()).toEqual(['page']);
});

test('what was never finished is stale', () => {
  rmSync(path.join(root, 'dist/.stamp'));
  expect(stale()).toEqual(['server']);
});

test('what was built is no source', () => {
  write('web/dist/assets/index.js', 'built');
  write('dist/main.js', 'built');
  expect(stale()).toEqual([]);
});

test('what is built is built for use, whatever the shell says', async () => {
  write('node_modules/builder/package.json', '{ "bin": "builder.js" }');
  write(
    'node_modules/builder/builder.js',
    `const { mkdirSync, writeFileSync } = require('node:fs');
    const [folder] = process.argv.slice(2);
    mkdirSync(folder, { recursive: true });
    writeFileSync(folder + '/built-for', process.env.NODE_ENV);`,
  );
  write('web/src/main.tsx', 'changed');
  const target = { ...page, program: ['builder', 'builder'], args: (to: string) => [to] } as const;
  const env = { ...process.env, NODE_ENV: 'development' };
  await ensureBuilt(target, { root, runtime: process.execPath, env });
  expect(readFileSync(path.join(root, 'web/dist/built-for'), 'utf8')).toBe('production');
});
