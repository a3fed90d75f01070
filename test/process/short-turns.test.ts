import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const source = path.join(import.meta.dirname, '../../src/short-turns.ts');

/** Tells the turn of the thread that asks for a short one, and that of a thread it begins then. */
const program = `
  import { Worker } from 'node:worker_threads';
  import { takeShortTurns } from ${JSON.stringify(source)};
  const turn = () => /se.slice[ :]*([0-9]+)/.exec(
    process.getBuiltinModule('node:fs').readFileSync('/proc/thread-self/sched', 'utf8'))?.[1];
  const before = turn();
  const isTaken = takeShortTurns();
  console.log(JSON.stringify({ isTaken, before, after: turn() }));
  new Worker('console.log((' + turn + ')())', { eval: true });
`;

/** Where Linux has turns of a length that is asked for, and tells it. */
const [major = 0, minor = 0] = release().split('.').map(Number);
const isTold =
  process.platform === 'linux' &&
  (major > 6 || (major === 6 && minor >= 12)) &&
  existsSync('/proc/thread-self/sched');

test('the thread that answers takes short turns, those it begins take usual ones, and nothing is said of it', () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', isTold ? program : `import ${JSON.stringify(source)};`],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  if (!isTold) return;
  const [own = '', other] = stdout.trim().split('\n');
  const { isTaken, before, after } = JSON.parse(own);
  expect([isTaken, after]).toEqual([true, '100000']);
  expect(Number(before)).toBeGreaterThan(100_000);
  expect(other).toBe(before);
});
