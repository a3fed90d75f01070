// The program behind clean-up.ts: it hears what to end and remove when its standard input closes,
// which happens however the process at the other end ends, a SIGKILL included.
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Leftover } from './clean-up.ts';

const leftovers = new Map<string, Leftover>();

for await (const line of createInterface({ input: process.stdin })) {
  const { id, leftover } = JSON.parse(line) as { id: string; leftover?: Leftover };
  if (leftover) leftovers.set(id, leftover);
  else leftovers.delete(id);
}
const left = [...leftovers.values()];
await Promise.all(left.map((leftover) => 'pid' in leftover && end(leftover.pid, leftover.signal)));
for (const leftover of left) {
  if ('folder' in leftover) await rm(leftover.folder, { recursive: true, force: true });
}

/** Asks by `signal`, and after five seconds no longer asks. */
async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  const deadline = Date.now() + 5_000;
  send(pid, signal);
  while (send(pid, 0) && Date.now() < deadline) await delay(20);
  send(pid, 'SIGKILL');
}

/** Whether there was anybody to send it to. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
