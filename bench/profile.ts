import { sum } from './figures.ts';
import type { Server } from './servers/process.ts';

const functionsShown = 25;
/** What V8 calls the time in which there is nothing to do. */
const idle = '(idle)';
const sampleMicroseconds = 200;

/** As V8 writes it: https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile */
export interface Profile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  samples: number[];
  timeDeltas: number[];
}

/** Where a server's main thread spends its time while `work` runs, by V8's own profiler. */
export async function profile(
  { inspectPort }: Server,
  work: () => Promise<unknown>,
): Promise<Profile> {
  if (inspectPort === undefined) throw new Error('This server was not started to be inspected.');
  const inspector = await openInspector(inspectPort);
  await inspector.call('Profiler.enable');
  await inspector.call('Profiler.setSamplingInterval', { interval: sampleMicroseconds });
  await inspector.call('Profiler.start');
  await work();
  const { profile } = (await inspector.call('Profiler.stop')) as { profile: Profile };
  inspector.close();
  return profile;
}

/** The Chrome DevTools Protocol, as far as it is needed here. */
async function openInspector(port: number) {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
    if (id !== undefined) waiting.get(id)?.(result);
  });
  let lastId = 0;
  return {
    call: (method: string, params: object = {}) =>
      new Promise<unknown>((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        socket.send(JSON.stringify({ id: lastId, method, params }));
      }),
    close: () => socket.close(),
  };
}

/** The functions with the most time of their own, as lines: shares of the time it was not idle. */
export function busiest({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  for (const [n, sample] of samples.entries()) {
    const name = names.get(sample) ?? '';
    if (name !== idle) times.set(name, (times.get(name) ?? 0) + (timeDeltas[n] ?? 0));
  }
  const total = sum([...times.values()]);
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, functionsShown)
    .map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`)
    .join('\n');
}

/** The share of what `isPart` names, with everything it calls, in the time it was not idle. */
export function shareOf(
  { nodes, samples, timeDeltas }: Profile,
  isPart: (url: string) => boolean,
): number {
  const inside = new Set<number>();
  const mark = (id: number, within: boolean): void => {
    const node = byId.get(id);
    if (node === undefined) return;
    const isInside = within || isPart(node.callFrame.url);
    if (isInside) inside.add(id);
    for (const child of node.children ?? []) mark(child, isInside);
  };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [root] = nodes;
  if (root) mark(root.id, false);
  const timed = samples.map((id, n) => ({ id, time: timeDeltas[n] ?? 0 }));
  const busy = timed.filter(({ id }) => byId.get(id)?.callFrame.functionName !== idle);
  const part = busy.filter(({ id }) => inside.has(id));
  return sum(part.map(({ time }) => time)) / sum(busy.map(({ time }) => time));
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const file = url.replace(/^file:\/\//, '').replace(/^.*\/(node_modules|src)\//, '$1/');
  return `${functionName || '(anonymous)'}${file === '' ? '' : `  ${file}:${lineNumber + 1}`}`;
}
