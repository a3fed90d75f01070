import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { exitCode, run } from '../../scripts/child.mjs';

const childModule = pathToFileURL(path.resolve(import.meta.dirname, '../../scripts/child.mjs'));

test('what a quiet program writes is kept, and its exit code told', async () => {
  const script = 'console.log("out"); console.error("err"); process.exitCode = 3;';
  const outcome = await run(process.execPath, ['-e', script], { quiet: true });
  expect(outcome.code).toBe(3);
  expect(outcome.output).toContain('out\n');
  expect(outcome.output).toContain('err\n');
});

test('a program that a signal ended is reported as a shell does it', () => {
  expect(exitCode(null, 'SIGTERM')).toBe(143);
  expect(exitCode(null, 'SIGINT')).toBe(130);
  expect(exitCode(0, null)).toBe(0);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'a repeated %s reaches the program once, as SIGTERM, and its exit code is passed on',
  async (signal) => {
    // It says what it hears, and goes when its standard input closes.
    const inner = `let heard = 0;
      process.on('SIGTERM', () => console.log('heard ' + ++heard));
      process.stdin.on('end', () => setImmediate(() => process.exit(7))).resume();
      console.log('up');`;
    const outer = `const { run, Interrupted } = await import(${JSON.stringify(childModule.href)});
      let told = 0;
      const ended = run(process.execPath, ['-e', ${JSON.stringify(inner)}]);
      process.on(${JSON.stringify(signal)}, () => console.log('told ' + ++told));
      await ended.catch((error) => {
        process.exitCode = error instanceof Interrupted ? error.code : 99;
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', outer], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    const heard = (text: string) =>
      new Promise<void>((resolve) => {
        child.stdout.on('data', () => output.includes(text) && resolve());
      });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await heard('up');
    child.kill(signal);
    await heard('heard 1');
    child.kill(signal);
    await heard('told 2');
    child.stdin.end();
    const [code] = await once(child, 'close');
    expect(code).toBe(7);
    expect(output).not.toContain('heard 2');
  },
);
