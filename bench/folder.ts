import { mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { cleanUpAtExit } from '../test/support/clean-up.ts';

export const root = path.resolve(import.meta.dirname, '..');

/**
 * A fresh folder that is removed when this process ends. It is beside the code, on a disk: the
 * system's temporary folder can be memory, where an fsync costs nothing.
 */
export function freshFolder(): string {
  const parent = path.join(root, '.cache', 'bench');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'run-'));
  cleanUpAtExit({ folder });
  return folder;
}
