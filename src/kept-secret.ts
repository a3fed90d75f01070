import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretProblem } from './config.ts';
import { StartError } from './start-error.ts';

const secretBytes = 32;

/**
 * The secret of a data folder: generated at the first start, kept in its file `secret` with mode
 * 0600, and the same ever after. Two processes that start at once get the same one.
 * @throws {StartError} for a file that cannot be read or holds no usable secret.
 */
export function keptSecret(dataDir: string): string {
  const file = join(dataDir, 'secret');
  if (!existsSync(file)) generate(file);
  const secret = readFileSync(file, 'utf8').trim();
  const problem = secretProblem(secret);
  if (problem !== undefined) throw new StartError(`The secret in ${file} ${problem}`);
  return secret;
}

/** Writes beside and links into place: the file is whole or absent, and is never overwritten. */
function generate(file: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(secretBytes).toString('base64url')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
