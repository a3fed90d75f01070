import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const inMutation = (file: string) =>
  fileURLToPath(new URL(`test/mutation/${file}`, import.meta.url));

/** Tests of the API with the server in the process of the test, where a mutant can reach it. */
export const inThisProcess = {
  include: ['test/api/tasks.test.ts', 'test/api/idempotency.test.ts', 'test/mutation/*.test.ts'],
  env: { TEST_STORE: 'sqlite' },
  alias: [
    { find: /^.*\/support\/server\.ts$/, replacement: inMutation('server.ts') },
    { find: /^.*\/support\/users\.ts$/, replacement: inMutation('users.ts') },
  ],
};

/** What `npm run mutate` runs for each mutant: the tests that need no process of their own. */
export default defineConfig({
  test: {
    ...inThisProcess,
    include: ['src/**/*.test.ts', ...inThisProcess.include],
    // Of the documentation, only that what is published is what the contract says.
    exclude: ['src/api/docs/!(openapi.test.ts)', 'src/config/config.test.ts'],
    testTimeout: 10_000,
  },
});
