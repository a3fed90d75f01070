import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, '../../bench/main.ts');

test('the comparison with a bare server runs, and tells what it found', () => {
  const args = '--only list --rounds 1 --seconds 0.1 --peers none'.split(' ');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: 100_000,
  });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(
    /(reached|missed |unsure ) list, unchanged since the last read: [\d.]+ × \([\d.]+ to [\d.]+\) the limit; target at least 0\.7/,
  );
});
