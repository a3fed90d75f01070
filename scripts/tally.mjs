// @ts-check
import { stripVTControlCharacters } from 'node:util';

/**
 * @typedef {object} Tally What a suite did, by its own report.
 * @property {number} passed
 * @property {string[]} failed Each test that failed by its name, with what it said.
 * @property {string[]} skipped The names of tests that did not run.
 */

/**
 * @typedef {object} VitestReport
 * @property {{ name: string, status: string, message?: string, assertionResults: { fullName: string, status: string, failureMessages?: string[] }[] }[]} testResults
 */
/**
 * @typedef {object} PlaywrightSuite
 * @property {string} title
 * @property {PlaywrightSuite[]} [suites]
 * @property {{ title: string, tests: { status: string, results?: { errors?: { message?: string }[] }[] }[] }[]} [specs]
 */

/**
 * @param {VitestReport} report What Vitest's `json` reporter writes.
 * @returns {Tally} A file that could not be run counts as one failure.
 */
export function tallyVitest({ testResults }) {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(hasFailed),
  );
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: [
      ...tests
        .filter(hasFailed)
        .map((test) => described(test.fullName, test.failureMessages?.join('\n'))),
      ...broken.map((file) => described(file.name, file.message)),
    ],
    skipped: tests
      .filter((test) => test.status !== 'passed' && !hasFailed(test))
      .map((test) => test.fullName),
  };
}

/**
 * @param {string} name
 * @param {string} [message]
 */
function described(name, message) {
  return message ? `${name}\n${stripVTControlCharacters(message)}` : name;
}

/** @param {{ status: string }} test */
function hasFailed(test) {
  return test.status === 'failed';
}

/**
 * @param {{ suites: PlaywrightSuite[] }} report What Playwright's `json` reporter writes.
 * @returns {Tally} A flaky test counts as a failure.
 */
export function tallyPlaywright({ suites }) {
  const tests = suites.flatMap((suite) => playwrightTests(suite));
  return {
    passed: tests.filter((test) => test.status === 'expected').length,
    failed: tests
      .filter((test) => test.status === 'unexpected' || test.status === 'flaky')
      .map((test) => described(test.name, test.message)),
    skipped: tests.filter((test) => test.status === 'skipped').map((test) => test.name),
  };
}

/**
 * @param {PlaywrightSuite} suite
 * @returns {{ name: string, status: string, message: string }[]}
 */
function playwrightTests({ title, suites = [], specs = [] }) {
  const own = specs.flatMap((spec) =>
    spec.tests.map(({ status, results = [] }) => ({
      name: spec.title,
      status,
      message: results
        .flatMap(({ errors = [] }) => errors)
        .map((error) => error.message)
        .join('\n'),
    })),
  );
  return [...own, ...suites.flatMap((suite) => playwrightTests(suite))].map((test) => ({
    ...test,
    name: `${title} ${test.name}`,
  }));
}

/**
 * @param {string} suite
 * @param {number} code What the suite's program ended with.
 * @param {Tally} tally
 * @returns {string[]} Why the suite does not count as passed, in sentences; none when it does.
 */
export function complaints(suite, code, { passed, failed, skipped }) {
  const found = skipped.map((name) => `${suite}: skipped, which is not allowed here: ${name}`);
  found.push(...failed.map((test) => `${suite}: failed: ${test}`));
  if (passed + failed.length === 0) found.push(`${suite}: no test ran`);
  if (code !== 0 && found.length === 0)
    found.push(`${suite}: its tests passed, and it ended with ${code}`);
  return found;
}
