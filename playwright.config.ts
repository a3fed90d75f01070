import { chromium, defineConfig } from '@playwright/test';
import { chromiumPath } from './test/support/chromium.ts';

/** Chromium's sandbox does not work for root, and there it is not started without this. */
const rootArguments = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export default defineConfig({
  testDir: 'test/browser',
  globalSetup: './test/support/build.ts',
  outputDir: 'test-results',
  // On two cores the suite took 7.5 minutes with two and 6.4 with three. The tests of a file run one
  // after the other.
  workers: 3,
  retries: 0,
  forbidOnly: true,
  reporter: 'list',
  timeout: 120_000,
  // A busy machine takes its time; what is waited for ends the wait.
  expect: { timeout: 15_000 },
  use: {
    launchOptions: {
      executablePath: chromiumPath(chromium.executablePath()),
      args: [
        ...rootArguments,
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
    screenshot: 'only-on-failure',
  },
});
