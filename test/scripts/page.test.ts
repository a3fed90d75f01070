import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isPageStale, pageStamp } from '../../scripts/page.mjs';

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'ownlist-page-'));
  write('package-lock.json', '{}');
  write('src/contract/task.ts', 'export {};');
  write('src/api/api.ts', 'export {};');
  write('web/index.html', '<!doctype html>');
  write('web/src/main.tsx', 'render();');
  write('web/dist/.stamp', pageStamp(root));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
}

function isStale(): boolean {
  return isPageStale(root, pageStamp(root));
}

test('a page built from these sources is up to date', () => {
  expect(isStale()).toBe(false);
});

test.each(['web/src/main.tsx', 'web/index.html', 'src/contract/task.ts', 'package-lock.json'])(
  'a page is stale when %s has changed',
  (name) => {
    write(name, 'changed');
    expect(isStale()).toBe(true);
  },
);

test('a page is stale when a source was added', () => {
  write('web/src/features/tasks.tsx', '');
  expect(isStale()).toBe(true);
});

test('a page is stale when a source was renamed', () => {
  renameSync(path.join(root, 'web/src/main.tsx'), path.join(root, 'web/src/start.tsx'));
  expect(isStale()).toBe(true);
});

test('a page is stale when it was never finished', () => {
  rmSync(path.join(root, 'web/dist/.stamp'));
  expect(isStale()).toBe(true);
});

test('a page stays up to date when the server has changed', () => {
  write('src/api/api.ts', 'changed');
  expect(isStale()).toBe(false);
});

test('a page stays up to date whatever it was built into', () => {
  write('web/dist/assets/index.js', 'built');
  expect(isStale()).toBe(false);
});
