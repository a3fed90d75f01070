// @ts-check
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { run } from './child.mjs';
import { binary } from './runtime.mjs';

/**
 * @typedef {object} Target One of the two things that are built.
 * @property {string} name As the person at the terminal reads it.
 * @property {readonly [packageName: string, command: string]} program What builds it.
 * @property {(folder: string) => readonly string[]} args The program's, to build into the folder.
 * @property {string} built The folder it is built into.
 * @property {readonly string[]} sources What it is made of.
 */

/** @type {Target} */
export const page = {
  name: 'page',
  program: ['vite', 'vite'],
  args: (folder) => ['build', 'web', '--outDir', folder, '--emptyOutDir'],
  built: 'web/dist',
  sources: ['web', 'src/contract', 'package-lock.json'],
};

/** @type {Target} */
export const server = {
  name: 'server',
  program: ['rolldown', 'rolldown'],
  args: (folder) => ['--config', 'src/rolldown.config.ts', '--dir', folder],
  built: 'dist',
  sources: ['src', 'package-lock.json'],
};

const stampFile = '.stamp';

/**
 * @param {string} root
 * @param {Target} target
 * @returns {string} A digest of the names and contents of everything the target is built from.
 */
export function stampOf(root, target) {
  const hash = createHash('sha256');
  for (const file of target.sources.flatMap((name) => filesBelow(root, name, target)).sort()) {
    const contents = readFileSync(path.join(root, file));
    // The length keeps two neighbours from passing for one file.
    hash.update(`${file}\n${contents.length}\n`).update(contents);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} name Of a file or folder, with forward slashes.
 * @param {Target} target
 * @returns {string[]}
 */
function filesBelow(root, name, target) {
  if (name === target.built || !existsSync(path.join(root, name))) return [];
  if (!statSync(path.join(root, name)).isDirectory()) return [name];
  return readdirSync(path.join(root, name)).flatMap((entry) =>
    filesBelow(root, `${name}/${entry}`, target),
  );
}

/**
 * @param {string} root
 * @param {Target} target
 * @param {string} stamp Of the sources as they are now.
 * @returns {boolean} Whether the target is missing or was built from something else.
 */
export function isStale(root, target, stamp) {
  const file = path.join(root, target.built, stampFile);
  return !existsSync(file) || readFileSync(file, 'utf8') !== stamp;
}

/**
 * Builds the target unless it is there and up to date. It is built aside and put in place whole, so
 * that a failure leaves what was there, and a server that runs never sees half of one.
 *
 * @param {Target} target
 * @param {{ root: string, runtime: string, env: NodeJS.ProcessEnv }} workshop
 * @throws {Error} when the build fails; its output is written first.
 */
export async function ensureBuilt(target, { root, runtime, env }) {
  const stamp = stampOf(root, target);
  if (!isStale(root, target, stamp)) return;
  process.stdout.write(`Building the ${target.name} …\n`);
  const aside = path.join(root, '.cache', `${target.name}-${process.pid}`);
  const old = `${aside}-old`;
  try {
    const args = [binary(root, ...target.program) ?? '', ...target.args(aside)];
    // Whatever the shell or a test runner says: what is built is for those who use it.
    const production = { ...env, NODE_ENV: 'production' };
    const outcome = await run(runtime, args, { cwd: root, env: production, quiet: true });
    if (outcome.code !== 0) {
      process.stderr.write(outcome.output);
      throw new Error(`The ${target.name} could not be built: the reason is above.`);
    }
    writeFileSync(path.join(aside, stampFile), stamp);
    mkdirSync(old, { recursive: true });
    const place = path.join(root, target.built);
    try {
      if (existsSync(place)) renameSync(place, path.join(old, 'dist'));
      renameSync(aside, place);
    } catch (error) {
      // Another command that was started at the same time has put its own in place.
      if (isStale(root, target, stamp)) throw error;
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}
