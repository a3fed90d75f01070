import { execFileSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { logOutput } from './log-output.ts';

test('the lines of one turn are written together and in order, those of the next after them', async () => {
  const { promise: twice, resolve } = Promise.withResolvers<void>();
  const written: string[] = [];
  const output = new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      if (written.push(text) === 2) resolve();
      done();
    },
  });
  const log = logOutput(output);
  log.write('a\n');
  await Promise.resolve();
  log.write('b\n');
  expect(written).toEqual([]);
  await new Promise((resume) => void setImmediate(resume));
  log.write('c\n');
  await twice;
  expect(written).toEqual(['a\nb\n', 'c\n']);
});

test('what a process has to say at its end is written', () => {
  const module = new URL('log-output.ts', import.meta.url);
  const program = `import { logOutput } from ${JSON.stringify(module)};
    const log = logOutput();
    for (let n = 0; n < 10_000; n++) log.write(n + '\\n');
    process.exit(0);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect(output.trimEnd().split('\n')).toEqual(Array.from({ length: 10_000 }, (_, n) => `${n}`));
});
