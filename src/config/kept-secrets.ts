import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from '../contract/access-token.ts';
import { formatSecrets, parseSecrets, secretProblem } from './secrets.ts';
import { StartError } from './start-error.ts';

const secretBytes = 32;

/**
 * The secrets of a data folder: one generated at the first start, kept in its file `secret` with
 * mode 0600, and the same until they are rotated. Two processes that start at once get the same.
 * @throws {StartError} for a file that cannot be read or holds no usable secret.
 */
export function keptSecrets(dataDir: string): Secrets {
  const file = fileIn(dataDir);
  // Linked into place, not written: the file is whole or absent, and is never overwritten.
  if (!existsSync(file)) write(file, [{ version: '1', value: generate() }], linkSync);
  return read(file);
}

/**
 * Makes a new secret the current one of a data folder. The one before it is retired: what it
 * signed goes on being accepted, until the next rotation or `dropRetired`. Older ones are dropped.
 */
export function rotateSecrets(dataDir: string, { dropRetired }: { dropRetired: boolean }): Secrets {
  const file = fileIn(dataDir);
  const secrets = read(file);
  const versions = secrets.map(({ version }) => Number(version));
  const next = { version: String(Math.max(...versions) + 1), value: generate() };
  const rotated: Secrets = dropRetired ? [next] : [next, secrets[0]];
  write(file, rotated, renameSync);
  return rotated;
}

const fileIn = (dataDir: string): string => join(dataDir, 'secret');

const generate = (): string => randomBytes(secretBytes).toString('base64url');

function read(file: string): Secrets {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new StartError(`The secret cannot be read (${(error as Error).message}).`);
  }
  // A file of earlier versions, or one that somebody wrote: a secret without a version is the first.
  if (!text.includes(':')) {
    const problem = secretProblem(text);
    if (problem !== undefined) throw new StartError(`The secret in ${file} ${problem}`);
    return [{ version: '1', value: text }];
  }
  const parsed = parseSecrets(text);
  if ('problem' in parsed) throw new StartError(`The secret in ${file} ${parsed.problem}`);
  return parsed.value;
}

function write(
  file: string,
  secrets: Secrets,
  putInPlace: (draft: string, file: string) => void,
): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${formatSecrets(secrets)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    putInPlace(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
