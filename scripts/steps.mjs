// @ts-check
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './child.mjs';
import { binary } from './runtime.mjs';
import { complaints, tallyPlaywright, tallyVitest } from './tally.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */
/**
 * @typedef {object} Workshop Where and on what the steps run.
 * @property {string} root
 * @property {string} runtime
 * @property {NodeJS.ProcessEnv} env
 */
/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly [packageName: string, command: string]} program
 * @property {readonly string[]} args
 */
/**
 * @typedef {Step & { tally: (report: any) => Tally, reportAs: (file: string) => Report }} Suite
 */
/** @typedef {{ args: readonly string[], env: Record<string, string> }} Report How to ask for a report. */

/** @type {readonly Step[]} */
const staticSteps = [
  { name: 'type check', program: ['typescript', 'tsc'], args: ['-b'] },
  {
    name: 'lint',
    program: ['@biomejs/biome', 'biome'],
    args: ['check', '--error-on-warnings', '.'],
  },
  { name: 'unused code', program: ['knip', 'knip'], args: [] },
];

const unitTests = vitestSuite('unit tests', 'unit');

/** @type {readonly Suite[]} */
const serverSuites = [
  vitestSuite('API tests on SQLite', 'sqlite'),
  vitestSuite('API tests on PostgreSQL', 'postgres'),
  vitestSuite('timing on SQLite', 'timing on SQLite'),
  vitestSuite('timing on PostgreSQL', 'timing on PostgreSQL'),
  vitestSuite('process tests', 'process'),
  vitestSuite('cluster tests', 'cluster'),
  {
    name: 'browser tests',
    program: ['@playwright/test', 'playwright'],
    args: ['test'],
    tally: tallyPlaywright,
    reportAs: (file) => ({
      args: ['--reporter=list,json'],
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file },
    }),
  },
];

/**
 * @param {string} name
 * @param {string} project As vitest.config.ts calls it.
 * @returns {Suite}
 */
function vitestSuite(name, project) {
  return {
    name,
    program: ['vitest', 'vitest'],
    args: ['run', '--project', project],
    tally: tallyVitest,
    reportAs: (file) => ({
      args: ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
      env: {},
    }),
  };
}

/**
 * Types, lint, unused code and unit tests; stops at the first that fails.
 *
 * @param {Workshop} workshop
 * @returns {Promise<number>} The exit code of the step that failed, or 0.
 */
export async function check(workshop) {
  return (await runStatic(workshop)) || runStep(workshop, unitTests);
}

/**
 * Everything `check` does, then every other suite, whether or not one before it failed: the totals
 * in the last line are then true of the whole.
 *
 * @param {Workshop} workshop
 * @returns {Promise<number>} The exit code.
 */
export async function test(workshop) {
  const code = await runStatic(workshop);
  const results = [];
  if (code === 0) {
    for (const suite of [unitTests, ...serverSuites]) {
      results.push(await runSuite(workshop, suite));
    }
  }
  const found = results.flatMap((result) => result.found);
  if (found.length > 0) process.stdout.write(`\n${found.join('\n')}\n`);
  const passed = sum(results.map((result) => result.tally.passed));
  const failed = sum(results.map((result) => result.tally.failed.length));
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return code || (found.length > 0 ? 1 : 0);
}

/**
 * The tests that find more the longer they run, for long: a cluster whose servers are killed, and
 * the page's stories of sessions and of unsent work.
 *
 * @param {Workshop} workshop
 * @returns {Promise<number>} The exit code of the step that failed, or 0.
 */
export async function soak(workshop) {
  const env = { CLUSTER_ROUNDS: '20', STORY_ROUNDS: '25', ...workshop.env };
  const stories = ['session', 'sign-out', 'two-devices', 'unsent-work'];
  return (
    (await runStep({ ...workshop, env }, vitestSuite('cluster tests', 'cluster'))) ||
    runStep(workshop, {
      name: 'browser stories, again and again',
      program: ['@playwright/test', 'playwright'],
      args: ['test', ...stories, `--repeat-each=${env.STORY_ROUNDS}`],
    })
  );
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** @param {Workshop} workshop */
async function runStatic(workshop) {
  for (const step of staticSteps) {
    const code = await runStep(workshop, step);
    if (code !== 0) return code;
  }
  return 0;
}

/**
 * @param {Workshop} workshop
 * @param {Suite} suite
 * @returns {Promise<{ tally: Tally, found: string[] }>}
 */
async function runSuite(workshop, suite) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ownlist-report-'));
  try {
    const file = path.join(folder, 'report.json');
    const { args, env } = suite.reportAs(file);
    const code = await runStep(
      { ...workshop, env: { ...workshop.env, ...env } },
      { ...suite, args: [...suite.args, ...args] },
    );
    const tally = existsSync(file)
      ? suite.tally(JSON.parse(readFileSync(file, 'utf8')))
      : { passed: 0, failed: [], skipped: [] };
    return { tally, found: complaints(suite.name, code, tally) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Workshop} workshop
 * @param {Step} step
 * @returns {Promise<number>} The exit code.
 */
async function runStep({ root, runtime, env }, { name, program, args }) {
  process.stdout.write(`\n── ${name}\n`);
  const started = performance.now();
  const { code } = await run(runtime, [binary(root, ...program) ?? '', ...args], {
    cwd: root,
    env,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    code === 0
      ? `── ${name}: ok, ${seconds} s\n`
      : `── ${name}: failed after ${seconds} s (exit ${code})\n`,
  );
  return code;
}
