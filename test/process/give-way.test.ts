import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { accessToken, request, signUp } from '../support/client.ts';
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

const hasThreads = process.platform === 'linux' && availableParallelism() > 1;

test.runIf(hasThreads)(
  'what signing in takes gives way to the thread that answers, and changes of tasks do not',
  async () => {
    const server = await startServer();
    const { cookie } = await signUp(server.origin);
    const token = await accessToken(server.origin, cookie);
    await request(server.origin, '/api/users/me/tasks', { token, body: { title: 'A task' } });
    const { 'libuv-worker': hashing, WorkerThread: workers, ...others } = nicenessOf(server.pid);
    const own = getPriority();
    const behind = Math.min(own + 10, 19);
    expect(hashing).toEqual([behind, behind, behind, behind]);
    expect(workers).toEqual([behind, own]);
    expect(new Set(Object.values(others).flat())).toEqual(new Set([own]));
    await server.stop();
  },
);
