import { defineConfig } from 'vitest/config';

const apiTests = ['test/api/**/*.test.ts'];
/** A server is started in most of these, and two cores are what there may be. */
const serverTimeouts = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'web/src/**/*.test.ts'],
          environment: 'node',
          allowOnly: false,
          retry: 0,
          testTimeout: 5_000,
        },
      },
      {
        test: {
          name: 'sqlite',
          include: apiTests,
          env: { TEST_STORE: 'sqlite' },
          allowOnly: false,
          retry: 0,
          maxWorkers: 2,
          ...serverTimeouts,
        },
      },
      {
        test: {
          name: 'postgres',
          include: apiTests,
          env: { TEST_STORE: 'postgres' },
          globalSetup: ['test/support/postgres-setup.ts'],
          allowOnly: false,
          retry: 0,
          maxWorkers: 2,
          ...serverTimeouts,
        },
      },
      {
        test: {
          name: 'process',
          include: [
            'test/process/**/*.test.ts',
            'test/wall/**/*.test.ts',
            'test/scripts/**/*.test.ts',
          ],
          allowOnly: false,
          retry: 0,
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
