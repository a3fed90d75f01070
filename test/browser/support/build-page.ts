import path from 'node:path';
import { ensurePage } from '../../../scripts/page.mjs';

/** The tests open the page as it is built, and as it is now. */
export default function buildPage(): Promise<void> {
  const root = path.resolve(import.meta.dirname, '..', '..', '..');
  return ensurePage(root, process.execPath, process.env);
}
