import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { inThisProcess } from './vitest.mutation.config.ts';

const apiTests = ['test/api/**/*.test.ts', 'test/attack/identity.test.ts'];
const isolationTests = 'test/isolation/**/*.test.ts';
const fuzzTests = 'test/fuzz/*.test.ts';
/** The page and the server, as `npm start` does. */
const buildAll = 'test/support/build.ts';
/** Alone on the machine, so that what they time is the server. */
const timingTests = 'test/isolation/timing/**/*.test.ts';
/** What a disk takes for an fsync differs by more than what is looked for, and tells of nobody's tasks. */
const inMemory = existsSync('/dev/shm') ? { TMPDIR: '/dev/shm' } : {};
/** These are about one of the stores, or about none. */
const onlyOnPostgres = [
  'test/isolation/row-security*.test.ts',
  'test/isolation/database-roles.test.ts',
];
const onlyOnSqlite = ['test/isolation/only-door.test.ts', 'test/isolation/public-routes.test.ts'];
/** A server is started in most of these, and two cores are what there may be. */
const serverTimeouts = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: 'unit',
          // What mutations are tried on has to pass by itself, or none can be tried.
          ...inThisProcess,
          include: [
            ...['src/**/*.test.ts', 'web/src/**/*.test.ts', 'bench/**/*.test.ts'],
            ...inThisProcess.include,
          ],
          environment: 'node',
          allowOnly: false,
          retry: 0,
          // A password takes its time on a busy machine.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'sqlite',
          include: [...apiTests, isolationTests, fuzzTests],
          exclude: [...onlyOnPostgres, timingTests],
          env: { TEST_STORE: 'sqlite' },
          globalSetup: [buildAll],
          allowOnly: false,
          retry: 0,
          maxWorkers: 2,
          ...serverTimeouts,
        },
      },
      {
        test: {
          name: 'postgres',
          include: [...apiTests, isolationTests, fuzzTests],
          exclude: [...onlyOnSqlite, timingTests],
          env: { TEST_STORE: 'postgres' },
          globalSetup: [buildAll, 'test/support/postgres-setup.ts'],
          allowOnly: false,
          retry: 0,
          maxWorkers: 2,
          ...serverTimeouts,
        },
      },
      {
        test: {
          name: 'timing on SQLite',
          include: [timingTests],
          env: { TEST_STORE: 'sqlite', ...inMemory },
          globalSetup: [buildAll],
          allowOnly: false,
          retry: 0,
        },
      },
      {
        test: {
          name: 'timing on PostgreSQL',
          include: [timingTests],
          env: { TEST_STORE: 'postgres' },
          globalSetup: [buildAll, 'test/support/postgres-setup.ts'],
          allowOnly: false,
          retry: 0,
        },
      },
      {
        test: {
          name: 'process',
          include: [
            'test/process/**/*.test.ts',
            'test/attack/!(identity).test.ts',
            'test/fuzz/connections/**/*.test.ts',
            'test/interoperability/**/*.test.ts',
            'test/wall/**/*.test.ts',
            'test/scripts/**/*.test.ts',
          ],
          globalSetup: [buildAll],
          allowOnly: false,
          retry: 0,
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A busy machine takes its time; what is waited for ends the wait.
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: [buildAll],
          allowOnly: false,
          retry: 0,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
