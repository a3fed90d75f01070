// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const parent = process.ppid;
const parentCheckMs = 200;
const forwarded = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** This process was asked to stop while a program ran for it, and the program has ended. */
export class Interrupted extends Error {
  /** @param {number} code What the program ended with. */
  constructor(code) {
    super('Interrupted');
    this.code = code;
  }
}

/**
 * @typedef {object} Outcome
 * @property {number} code As a shell reports it: 128 and the number of the signal that ended it.
 * @property {string} output What it wrote, when it was run quietly.
 */
/** @typedef {import('node:child_process').SpawnOptions} SpawnOptions */

/**
 * Runs a program to its end. A signal to this process is passed on once, as SIGTERM: a Ctrl-C in a
 * terminal reaches the program by itself as well, and it hears at most one of each. That npm was
 * asked to stop counts as a signal.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {SpawnOptions & { quiet?: boolean }} [options] `quiet` keeps what it writes.
 * @returns {Promise<Outcome>}
 * @throws {Interrupted}
 */
export function run(file, args, { quiet = false, ...options } = {}) {
  return start(file, args, { ...options, stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit' })
    .ended;
}

/**
 * Starts a program; `run` says how it takes signals.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {SpawnOptions} options
 * @returns {{ ended: Promise<Outcome>, stop: () => void }}
 */
export function start(file, args, options) {
  const child = spawn(file, args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  let told = false;
  const stop = () => void child.kill('SIGTERM');
  const tell = () => {
    if (!told) stop();
    told = true;
  };
  for (const signal of forwarded) process.on(signal, tell);
  const parentCheck = setInterval(() => isOrphanOfNpm() && tell(), parentCheckMs);
  /** @type {Promise<Outcome>} */
  const ended = new Promise((resolve, reject) => {
    child.on('error', (error) => {
      clearInterval(parentCheck);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearInterval(parentCheck);
      for (const name of forwarded) process.off(name, tell);
      const outcome = { code: exitCode(code, signal), output };
      if (told) reject(new Interrupted(outcome.code));
      else resolve(outcome);
    });
  });
  return { ended, stop };
}

/** npm passes a signal to the shell between it and this, which ends and tells nobody. */
function isOrphanOfNpm() {
  return process.env['npm_lifecycle_event'] !== undefined && process.ppid !== parent;
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 * @returns {number} 128 and the signal's number, when it was a signal.
 */
export function exitCode(code, signal) {
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}
