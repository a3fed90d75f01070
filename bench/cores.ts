import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Counted before the load is pinned: from then on this process has one. */
const cores = availableParallelism();
const canPin = cores > 1 && spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0;

/** How the load and the servers share the machine, in words. */
export const coresInWords = canPin
  ? 'the load on one core, the server under it on another (taskset)'
  : 'the load and the servers on the same cores (taskset is missing, or there is one core)';

/** Keeps this process, which makes the load, on the first core. */
export function pinLoad(): void {
  if (canPin) spawnSync('taskset', ['-a', '-cp', '0', String(process.pid)], { stdio: 'ignore' });
}

/** A command on the core of the servers, or on all cores where `everywhere` is asked for. */
export function onServerCore(
  command: readonly string[],
  { everywhere = false } = {},
): readonly string[] {
  if (!canPin) return command;
  return ['taskset', '-c', everywhere ? `0-${cores - 1}` : '1', ...command];
}
