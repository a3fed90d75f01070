import { execFileSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type LogOutput, logOutput } from './log-output.ts';

let written: string[];
let log: LogOutput;

const endOfTurn = () => new Promise<unknown>((resolve) => void setImmediate(resolve));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  written = [];
  log = logOutput(
    new Writable({
      decodeStrings: false,
      write(text, _encoding, done) {
        written.push(String(text));
        done();
      },
    }),
  );
});
afterEach(() => void vi.useRealTimers());

test('the lines of one turn are written together and in order, those of the next after them', async () => {
  log.write('a\n');
  await Promise.resolve();
  log.write('b\n');
  expect(written).toEqual([]);
  await endOfTurn();
  log.write('c\n');
  await endOfTurn();
  expect(written).toEqual(['a\nb\n', 'c\n']);
});

test('lines that can wait are written together, 20 ms after the first of them', async () => {
  log.writeSoon('a\n');
  await endOfTurn();
  vi.advanceTimersByTime(19);
  log.writeSoon('b\n');
  expect(written).toEqual([]);
  vi.advanceTimersByTime(1);
  log.writeSoon('c\n');
  expect(written).toEqual(['a\nb\n']);
  vi.advanceTimersByTime(20);
  expect(written).toEqual(['a\nb\n', 'c\n']);
});

test('a line that cannot wait takes those with it that can, in their order', async () => {
  log.writeSoon('an answer\n');
  log.write('a failure\n');
  log.writeSoon('another answer\n');
  await endOfTurn();
  expect(written).toEqual(['an answer\na failure\nanother answer\n']);
  vi.advanceTimersByTime(20);
  expect(written).toHaveLength(1);
});

test('more than there is room for is written whole and in order', async () => {
  const lines = ['short\n', `${'é'.repeat(30_000)}\n`, `${'long'.repeat(30_000)}\n`, 'end\n'];
  for (const line of [...lines, ...lines]) log.writeSoon(line);
  vi.advanceTimersByTime(20);
  expect(written.join('')).toBe([...lines, ...lines].join(''));
});

test.each(['write', 'writeSoon'])('what a process has to say at its end is written (%s)', (way) => {
  const module = new URL('log-output.ts', import.meta.url);
  const program = `import { logOutput } from ${JSON.stringify(module)};
    const log = logOutput();
    for (let n = 0; n < 10_000; n++) log.${way}(n + '\\n');
    process.exit(0);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(output.trimEnd().split('\n')).toEqual(Array.from({ length: 10_000 }, (_, n) => `${n}`));
});
