import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { missingPackages, npmCommand } from '../../scripts/install.mjs';
import { python } from '../../test/support/languages.ts';
import { freshFolder } from '../folder.ts';
import type { Person } from '../people.ts';
import type { Shared } from './ownlist.ts';
import type { PeerName } from './peer-names.ts';
import { plainStore } from './plain-store.ts';
import { type Server, startProcess } from './process.ts';

const peersFolder = path.join(import.meta.dirname, '..', 'peers');
const fastApiPackages = [
  'python3-fastapi',
  'python3-jose',
  'python3-sqlalchemy',
  'uvicorn',
  'python3-uvloop',
  'python3-httptools',
];

/** What the peers are, with their versions. */
export function peerVersions(names: readonly PeerName[]): string {
  const { dependencies } = readJson('package.json') as { dependencies: Record<string, string> };
  const packages = Object.entries(dependencies).map(([name, version]) => `${name} ${version}`);
  const found = names.includes('fastapi') ? fastApi() : undefined;
  return [...packages, ...(found ? [pythonVersions(found.command)] : [])].join(', ');
}

function pythonVersions(command: string): string {
  const script = `
import platform
from importlib.metadata import version
names = ["fastapi", "python-jose", "SQLAlchemy", "uvicorn"]
print(", ".join(["Python " + platform.python_version()] + [f"{n} {version(n)}" for n in names]))`;
  return spawnSync(command, ['-c', script], { encoding: 'utf8' }).stdout.trim();
}

/**
 * Starts a peer on a store that has a page of tasks of each person; undefined, with a word about
 * it, where it cannot be had.
 */
export async function startPeer(
  name: PeerName,
  { secret, origin }: Shared,
  { everybody, everywhere }: { everybody: readonly Person[]; everywhere: boolean },
): Promise<Server | undefined> {
  const command = commands[name]();
  if (command === undefined) {
    console.log(`${name} is left out: ${fastApiPackages.join(', ')} are not installed.`);
    return undefined;
  }
  const folder = freshFolder();
  return startProcess({
    name,
    command,
    folder,
    everywhere,
    env: {
      NODE_ENV: 'production', // As Express and Fastify recommend.
      STORE: plainStore(folder, everybody),
      SECRET: secret,
      ISSUER: origin,
    },
  });
}

const commands: Record<PeerName, () => string[] | undefined> = {
  express: () => nodeProgram('express.mjs'),
  fastify: () => nodeProgram('fastify.mjs'),
  fastapi: () => {
    const language = fastApi();
    return language && [language.command, path.join(peersFolder, 'fastapi_app.py')];
  },
};

const fastApi = () => python('fastapi, jose, sqlalchemy, uvicorn', fastApiPackages);

function nodeProgram(file: string): string[] {
  installPeers();
  return [process.execPath, path.join(peersFolder, file)];
}

/** The packages of the peers, in their own folder by their own lockfile, where one is missing. */
function installPeers(): void {
  const lock = readJson('package-lock.json') ?? {};
  const installed = readJson('node_modules/.package-lock.json');
  const { platform, arch } = process;
  if (missingPackages(lock, installed, { development: true, platform, arch }).length === 0) return;
  console.log('Installing the peers to compare with …');
  const { file, args, shell } = npmCommand(process.env);
  const npm = spawnSync(file, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: peersFolder,
    shell,
    stdio: 'inherit',
  });
  if (npm.status !== 0) {
    throw new Error(
      'The peers could not be installed (what npm said is above). Check the network connection, or leave them out: --peers none',
    );
  }
}

function readJson(name: string) {
  const file = path.join(peersFolder, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
