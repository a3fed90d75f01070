// @ts-check
// Runs on the machine's own Node, before anything is installed: plain JavaScript, no packages.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';

/** The oldest Node that can run this folder. */
const bootstrapNodeMajor = 20;
/** The oldest Node that has `node:sqlite` and runs TypeScript, both without a flag. */
const standInNodeMajor = 24;

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [dev] Needed by development dependencies only.
 * @property {boolean} [optional] May be absent.
 * @property {boolean} [devOptional] Needed by development, optional for everything else.
 * @property {boolean} [link]
 * @property {string | string[]} [os]
 * @property {string | string[]} [cpu]
 * @property {Record<string, string>} [optionalDependencies]
 */
/** @typedef {{ packages?: Record<string, LockedPackage> }} Lock */
/** @typedef {{ platform: string, arch: string }} Machine */

/**
 * @param {string} version As in `process.versions.node`.
 * @returns {string | undefined} What to tell the person, or nothing when this Node is new enough.
 */
export function nodeTooOld(version) {
  if (major(version) >= bootstrapNodeMajor) return undefined;
  return `Ownlist needs Node.js ${bootstrapNodeMajor} or newer to start, and this is ${version}: install a newer one from https://nodejs.org and run the same command again.`;
}

/** @param {string} version */
function major(version) {
  return Number.parseInt(version, 10);
}

/**
 * The package that carries the pinned Node for this machine. It is one of the root's own optional
 * dependencies, told from each other by `os` and `cpu` as npm does it.
 *
 * @param {Lock} lock
 * @param {Machine} machine
 * @returns {string | undefined} Nothing where no build is published for the platform.
 */
export function runtimePackage(lock, machine) {
  const packages = lock.packages ?? {};
  const names = Object.keys(packages['']?.optionalDependencies ?? {});
  return names.find((name) => {
    const locked = packages[`node_modules/${name}`];
    return (
      name.startsWith('node-') &&
      [locked?.os].flat().includes(machine.platform) &&
      [locked?.cpu].flat().includes(machine.arch)
    );
  });
}

/**
 * The Node that everything after the installation runs on: the pinned one, or the machine's own
 * where the pinned one is not published or does not run (its Linux build needs glibc).
 *
 * @param {string} root
 * @param {Lock} lock
 * @returns {string} An executable file.
 * @throws {Error} with a remedy, when neither will do.
 */
export function findRuntime(root, lock) {
  const name = runtimePackage(lock, { platform: process.platform, arch: process.arch });
  const pinned = name && binary(root, name, 'node');
  if (pinned && runs(pinned)) return pinned;
  // npm puts the installed commands first in PATH, where some shells would try no other `node`.
  rmSync(path.join(root, 'node_modules', '.bin', 'node'), { force: true });
  if (major(process.versions.node) >= standInNodeMajor) return process.execPath;
  throw new Error(
    `The Node.js that comes with Ownlist does not run on this machine (${process.platform}-${process.arch}), and the one installed here is ${process.versions.node}. Install Node.js ${standInNodeMajor} or newer and run the same command again.`,
  );
}

/**
 * @param {string} root
 * @param {string} packageName
 * @param {string} name The command, as the package calls it.
 * @returns {string | undefined} The command's file, or nothing when the package is not installed.
 */
export function binary(root, packageName, name) {
  const folder = path.join(root, 'node_modules', packageName);
  if (!existsSync(path.join(folder, 'package.json'))) return undefined;
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bin === 'string' ? bin : bin[name]);
}

/** @param {string} file */
function runs(file) {
  // After the first installation npm itself finds the pinned Node first and runs this on it.
  if (existsSync(file) && realpathSync(file) === realpathSync(process.execPath)) return true;
  return spawnSync(file, ['--version'], { stdio: 'ignore' }).status === 0;
}

/**
 * The environment of everything that is started: the chosen Node comes first in PATH, so that
 * whatever asks for `node` gets it, then the installed commands.
 *
 * @param {string} root
 * @param {string} runtime
 * @param {Readonly<NodeJS.ProcessEnv>} env
 * @returns {NodeJS.ProcessEnv}
 */
export function runtimeEnv(root, runtime, env) {
  // Windows calls it Path, and a copy of the environment no longer ignores the case.
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const folders = [path.dirname(runtime), path.join(root, 'node_modules', '.bin'), env[key] ?? ''];
  return { ...env, [key]: folders.filter(Boolean).join(path.delimiter) };
}
