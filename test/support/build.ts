import path from 'node:path';
import { ensureBuilt, page, server } from '../../scripts/build.mjs';

/** The tests run the server and open the page as they are built, and as they are now. */
export default async function build(): Promise<void> {
  const root = path.resolve(import.meta.dirname, '..', '..');
  const workshop = { root, runtime: process.execPath, env: process.env };
  await ensureBuilt(page, workshop);
  await ensureBuilt(server, workshop);
}
