import { chromium, defineConfig } from '@playwright/test';
import { chromiumPath } from './test/support/chromium.ts';

/** Chromium's sandbox does not work for root, and there it is not started without this. */
const rootArguments = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export default defineConfig({
  testDir: 'test/browser',
  globalSetup: './test/browser/support/build-page.ts',
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: 'list',
  timeout: 60_000,
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
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
