import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const usualPlaces = [
  '/snap/bin/chromium',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * The Chromium that the browser tests drive: CHROMIUM_PATH, or one that this machine has, or one
 * that is installed now.
 *
 * @param playwrightPath Where Playwright keeps its own download.
 * @throws Error that says what to install, when there is none and none can be installed.
 */
export function chromiumPath(playwrightPath: string): string {
  const given = process.env['CHROMIUM_PATH'];
  if (given) return given;
  const found = installedChromium() ?? existing(playwrightPath);
  if (found) return found;
  installPackage();
  const packaged = installedChromium();
  if (packaged) return packaged;
  say('Downloading Chromium for the browser tests …');
  spawnSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'inherit' });
  const downloaded = existing(playwrightPath);
  if (downloaded) return downloaded;
  throw new Error(
    'The browser tests need Chromium, and it could not be installed. Install Chromium or Google Chrome (on Debian or Ubuntu: sudo apt-get install chromium), or set CHROMIUM_PATH to its file, and run the tests again.',
  );
}

function installedChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  const files = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  return [...files, ...usualPlaces].find((file) => existsSync(file));
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

/** Installs the package of Debian and its kin, where this may. */
function installPackage(): void {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return;
  say('Installing Chromium for the browser tests …');
  const options = {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  } as const;
  const updated = spawnSync('apt-get', ['update', '-q'], options);
  if (updated.status !== 0) return;
  const packages = ['chromium', 'fonts-liberation'];
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], options);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
