import { spawn } from 'node:child_process';
import path from 'node:path';

const main = path.resolve(import.meta.dirname, '../../dist/main.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Operation {
  ended: Promise<Ended>;
  /** Resolves when it has written something that matches. */
  said: (words: RegExp) => Promise<void>;
  /** Ends it on the spot, by SIGKILL. */
  kill: () => void;
}

interface OperateOptions {
  cwd: string;
  env?: Record<string, string>;
  /** A program that runs it, with its arguments, such as one that shows it another disk. */
  within?: readonly string[];
}

/** Starts a command of the operator's as `npm run` does. It sees PATH and `env`, nothing else. */
export function operate(
  args: readonly string[],
  { cwd, env = {}, within = [] }: OperateOptions,
): Operation {
  const [file = '', ...fileArgs] = [...within, process.execPath, main, ...args];
  const child = spawn(file, fileArgs, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }));
  });
  const said = (words: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (words.test(output.stdout)) resolve();
      };
      child.stdout.on('data', look);
      void ended.then(({ stderr }) => reject(new Error(`It ended before: ${stderr}`)));
    });
  return { ended, said, kill: () => child.kill('SIGKILL') };
}
