// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './child.mjs';
import { findRuntime, runtimePackage } from './runtime.mjs';

/** @typedef {import('./runtime.mjs').Lock} Lock */
/** @typedef {import('./runtime.mjs').Machine} Machine */
/** @typedef {import('./runtime.mjs').LockedPackage} LockedPackage */

/**
 * What has to be installed and is not, or is there in another version.
 *
 * @param {Lock} lock package-lock.json
 * @param {Lock | undefined} installed node_modules/.package-lock.json, which npm writes last.
 * @param {Machine & { development: boolean }} wanted
 * @returns {string[]} Folders below the root.
 */
export function missingPackages(lock, installed, { development, ...machine }) {
  const runtime = runtimePackage(lock, machine);
  const here = installed?.packages ?? {};
  return Object.entries(lock.packages ?? {})
    .filter(([folder, entry]) => isRequired(folder, entry, development, runtime))
    .filter(([folder, entry]) => here[folder]?.version !== entry.version)
    .map(([folder]) => folder);
}

/**
 * @param {string} folder
 * @param {LockedPackage} entry
 * @param {boolean} development
 * @param {string | undefined} runtime
 */
function isRequired(folder, entry, development, runtime) {
  if (folder === '' || entry.link) return false;
  if (folder === `node_modules/${runtime}`) return true;
  if (entry.optional) return false;
  return development || !(entry.dev || entry.devOptional);
}

/**
 * @param {Lock} lock
 * @param {Lock | undefined} installed
 * @returns {boolean} Whether anything is installed that only development needs.
 */
export function hasDevelopmentPackages(lock, installed) {
  const here = installed?.packages ?? {};
  return Object.entries(lock.packages ?? {}).some(([folder, entry]) => entry.dev && folder in here);
}

/**
 * @param {object} choice
 * @param {boolean} choice.development Whether development dependencies are wanted.
 * @param {boolean} choice.inPlace Whether to leave alone what is already right.
 * @returns {string[]} The arguments of npm.
 */
export function npmArguments({ development, inPlace }) {
  return [
    // `npm ci` begins by removing everything; `--no-save` keeps the lock file as it is, too.
    ...(inPlace ? ['install', '--no-save'] : ['ci']),
    // NODE_ENV=production would leave the development dependencies out.
    development ? '--include=dev' : '--omit=dev',
    // The pinned Node and the compilers of the page are optional: one build for each platform.
    '--include=optional',
    // The packages' `engines` are met by the pinned Node, not by the one that runs npm.
    '--loglevel=error',
    '--no-audit',
    '--no-fund',
  ];
}

/**
 * Installs what is missing, with the person's own npm and its configuration, and says so in a line.
 *
 * @param {string} root
 * @param {object} options
 * @param {boolean} options.development
 * @returns {Promise<{ runtime: string }>} The Node to run everything on.
 * @throws {Error} with npm's words, when it fails.
 */
export async function install(root, { development }) {
  const lock = readLock(path.join(root, 'package-lock.json'));
  if (!lock)
    throw new Error('package-lock.json is missing: this is not a complete copy of Ownlist.');
  const installed = readLock(hiddenLock(root));
  const wanted = { development, platform: process.platform, arch: process.arch };
  const missing = missingPackages(lock, installed, wanted);
  if (missing.length > 0) {
    process.stdout.write(`${announcement(missing.length, installed !== undefined)}\n`);
    const full = development || hasDevelopmentPackages(lock, installed);
    await npm(root, npmArguments({ development: full, inPlace: runsFromModules(root) }));
    explainAbsence(missingPackages(lock, readLock(hiddenLock(root)), wanted), lock);
  }
  return { runtime: findRuntime(root, lock) };
}

/** @param {string} root */
function hiddenLock(root) {
  return path.join(root, 'node_modules', '.package-lock.json');
}

/**
 * @param {string} file
 * @returns {Lock | undefined}
 */
function readLock(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/**
 * @param {number} count
 * @param {boolean} again
 */
function announcement(count, again) {
  const packages = count === 1 ? 'one package' : `${count} packages`;
  return again
    ? `Installing ${packages} that ${count === 1 ? 'is' : 'are'} missing or out of date …`
    : `Installing ${packages}, this first time only …`;
}

/**
 * Windows cannot remove a program that runs, and there this may be running on the pinned Node,
 * which `npm ci` would remove first.
 *
 * @param {string} root
 */
function runsFromModules(root) {
  const modules = path.join(root, 'node_modules') + path.sep;
  return process.platform === 'win32' && process.execPath.startsWith(modules);
}

/**
 * @param {string} root
 * @param {string[]} args
 */
async function npm(root, args) {
  const command = npmCommand(process.env);
  const outcome = await run(command.file, [...command.args, ...args], {
    cwd: root,
    quiet: true,
    shell: command.shell,
  });
  if (outcome.code === 0) return;
  process.stderr.write(outcome.output);
  throw new Error(
    `npm could not install the packages (it ended with ${outcome.code}; what it said is above). Put that right, or check the network connection, and run the same command again.`,
  );
}

/**
 * npm tells its scripts where it is and what it runs on. That Node is the machine's own, even
 * where this runs on the pinned one, which `npm ci` is about to replace.
 *
 * @param {Readonly<NodeJS.ProcessEnv>} env
 * @returns {{ file: string, args: string[], shell: boolean }}
 */
export function npmCommand(env) {
  const cli = env['npm_execpath'];
  if (cli && path.basename(cli) === 'npm-cli.js' && existsSync(cli)) {
    const node = env['npm_node_execpath'];
    return { file: node && existsSync(node) ? node : process.execPath, args: [cli], shell: false };
  }
  if (process.platform === 'win32') return { file: 'npm.cmd', args: [], shell: true };
  return { file: 'npm', args: [], shell: false };
}

/**
 * @param {string[]} missing
 * @param {Lock} lock
 */
function explainAbsence(missing, lock) {
  const runtime = runtimePackage(lock, process);
  // Without it, the machine's own Node may do: findRuntime decides.
  const absent = missing.filter((folder) => folder !== `node_modules/${runtime}`);
  if (absent.length === 0) return;
  throw new Error(
    `npm finished, but left out ${absent.length} packages that are needed, ${absent[0]} among them. Look for "omit" in the output of: npm config list`,
  );
}
