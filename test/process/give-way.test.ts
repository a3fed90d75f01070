import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { signUp } from '../support/client.ts';
import { startServer } from '../support/server.ts';

/** The niceness of the threads of a process, by their names, in the order in which they began. */
function nicenessOf(pid: number): Record<string, number[]> {
  const tasks = `/proc/${pid}/task`;
  const found: Record<string, number[]> = {};
  for (const thread of readdirSync(tasks)) {
    // "Its id (its name) …", the niceness in the 19th place: proc_pid_stat(5).
    const stat = readFileSync(`${tasks}/${thread}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const behindTheName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    found[name] = [...(found[name] ?? []), Number(behindTheName[16])];
  }
  return found;
}

test.runIf(process.platform === 'linux')(
  'the threads that hash passwords give way to the others, wherever the operator has put those',
  async () => {
    const server = await startServer({ within: ['nice', '-n', '5'] });
    await signUp(server.origin);
    const { 'libuv-worker': hashing, ...others } = nicenessOf(server.pid);
    const niceness = Math.min(getPriority() + 5, 19);
    expect(hashing).toEqual(Array(4).fill(Math.min(niceness + 10, 19)));
    expect(new Set(Object.values(others).flat())).toEqual(new Set([niceness]));
    await server.stop();
  },
);
