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

/** What the built page is made of. */
const sources = ['web', 'src/contract', 'package-lock.json'];
const builtPage = 'web/dist';
const stampFile = '.stamp';

/**
 * @param {string} root
 * @returns {string} A digest of the names and contents of everything the page is built from.
 */
export function pageStamp(root) {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesBelow(root, source)).sort()) {
    const contents = readFileSync(path.join(root, file));
    // The length keeps two neighbours from passing for one file.
    hash.update(`${file}\n${contents.length}\n`).update(contents);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} name Of a file or folder, with forward slashes.
 * @returns {string[]}
 */
function filesBelow(root, name) {
  if (name === builtPage || !existsSync(path.join(root, name))) return [];
  if (!statSync(path.join(root, name)).isDirectory()) return [name];
  return readdirSync(path.join(root, name)).flatMap((entry) =>
    filesBelow(root, `${name}/${entry}`),
  );
}

/**
 * @param {string} root
 * @param {string} stamp Of the sources as they are now.
 * @returns {boolean} Whether the page is missing or was built from something else.
 */
export function isPageStale(root, stamp) {
  const file = path.join(root, builtPage, stampFile);
  return !existsSync(file) || readFileSync(file, 'utf8') !== stamp;
}

/**
 * Builds the page unless it is there and up to date. It is built aside and put in place whole, so
 * that a failure leaves the page that was there, and a server that runs never sees half of one.
 *
 * @param {string} root
 * @param {string} runtime
 * @param {NodeJS.ProcessEnv} env
 * @throws {Error} when the build fails; its output is written first.
 */
export async function ensurePage(root, runtime, env) {
  const stamp = pageStamp(root);
  if (!isPageStale(root, stamp)) return;
  process.stdout.write('Building the page …\n');
  const aside = path.join(root, '.cache', `page-${process.pid}`);
  const old = `${aside}-old`;
  try {
    const vite = binary(root, 'vite', 'vite') ?? '';
    const args = [vite, 'build', 'web', '--outDir', aside, '--emptyOutDir'];
    const outcome = await run(runtime, args, { cwd: root, env, quiet: true });
    if (outcome.code !== 0) {
      process.stderr.write(outcome.output);
      throw new Error('The page could not be built: the reason is above.');
    }
    writeFileSync(path.join(aside, stampFile), stamp);
    mkdirSync(old, { recursive: true });
    const place = path.join(root, builtPage);
    if (existsSync(place)) renameSync(place, path.join(old, 'dist'));
    renameSync(aside, place);
  } finally {
    rmSync(aside, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}
