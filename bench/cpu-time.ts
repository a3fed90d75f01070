import { readdirSync, readFileSync } from 'node:fs';

/** The processor time that a process has used so far, in microseconds; undefined off Linux. */
export function cpuMicroseconds(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/task`)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
      .reduce((total, stat) => total + Number(stat.split(' ', 1)[0]) / 1000, 0);
  } catch {
    return undefined; // There is no such file, or the process is gone: no figure, and no ratio of it.
  }
}

/** What it has used since it had used `before`. */
export function cpuSince(before: number | undefined, pid: number): number | undefined {
  const now = cpuMicroseconds(pid);
  return before === undefined || now === undefined ? undefined : now - before;
}
