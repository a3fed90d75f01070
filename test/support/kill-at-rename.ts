// Loaded into a command by NODE_OPTIONS=--import: SIGKILL ends it in place of its nth rename.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const nth = Number(process.env['KILL_AT_RENAME']);
if (!(nth > 0)) throw new Error('KILL_AT_RENAME is no number of a rename.');
const { renameSync } = fs;
let renames = 0;
fs.renameSync = (from, to) => {
  renames += 1;
  if (renames === nth) process.kill(process.pid, 'SIGKILL');
  renameSync(from, to);
};
syncBuiltinESMExports();
