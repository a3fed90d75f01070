import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';

/** Debian's own Python sees Debian's packages; the first one of the PATH may not. */
const pythons = ['/usr/bin/python3', 'python3'];

/** What runs the programs of a language here, with the libraries that were asked for. */
export interface Language {
  name: string;
  command: string;
}

const runs = (command: string, args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/**
 * Python with one module, for which Debian's `packages` are installed where that is possible.
 * Undefined where this machine cannot have it.
 */
export function python(module: string, packages: readonly string[]): Language | undefined {
  const find = () => pythons.find((command) => runs(command, ['-c', `import ${module}`]));
  const command = withPackages(find, packages, pythons);
  return command === undefined ? undefined : { name: `Python with ${module}`, command };
}

/** The same for Perl and one module. */
export function perl(module: string, packages: readonly string[]): Language | undefined {
  const find = () => ['perl'].find((command) => runs(command, [`-M${module}`, '-e', '1']));
  const command = withPackages(find, packages, ['perl']);
  return command === undefined ? undefined : { name: `Perl with ${module}`, command };
}

/**
 * A Go program, built with the newest version of one module. Undefined where this machine has no Go
 * or the module cannot be had.
 */
export function goProgram(file: string, module: string, folder: string): string | undefined {
  const program = path.join(folder, path.basename(file, '.go'));
  const go = (...args: string[]) => spawnSync('go', args, { cwd: folder, stdio: 'ignore' });
  if (go('mod', 'init', 'recipe').status !== 0 || go('get', module).status !== 0) return undefined;
  cpSync(file, `${program}.go`);
  const built = spawnSync('go', ['build', '-o', program], { cwd: folder, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  return program;
}

/** A shell with openssl. */
export function openssl(): Language | undefined {
  return runs('sh', ['-c', 'openssl version'])
    ? { name: 'openssl and a shell', command: 'sh' }
    : undefined;
}

/** Installs nothing for a language that the machine does not have. */
function withPackages(
  find: () => string | undefined,
  packages: readonly string[],
  commands: readonly string[],
): string | undefined {
  const found = find();
  if (found !== undefined || packages.length === 0) return found;
  if (!commands.some((command) => runs(command, ['--version']))) return undefined;
  installPackages(packages);
  return find();
}

/** On Debian and its kin, where this may. */
function installPackages(packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-q', '-o', 'DPkg::Lock::Timeout=120'];
  if (spawnSync('apt-get', ['update', ...wait], { env, stdio: 'ignore' }).status !== 0) return;
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...wait, ...packages], {
    env,
    stdio: 'ignore',
  });
}
