// @ts-check

/**
 * @typedef {object} Tally What a suite did, by its own report.
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} skipped The names of tests that did not run.
 */

/**
 * @typedef {object} VitestReport
 * @property {{ name: string, status: string, assertionResults: { fullName: string, status: string }[] }[]} testResults
 */
/**
 * @typedef {object} PlaywrightSuite
 * @property {string} title
 * @property {PlaywrightSuite[]} [suites]
 * @property {{ title: string, tests: { status: string }[] }[]} [specs]
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
    failed: tests.filter(hasFailed).length + broken.length,
    skipped: tests
      .filter((test) => test.status !== 'passed' && !hasFailed(test))
      .map((test) => test.fullName),
  };
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
    failed: tests.filter((test) => test.status === 'unexpected' || test.status === 'flaky').length,
    skipped: tests.filter((test) => test.status === 'skipped').map((test) => test.name),
  };
}

/**
 * @param {PlaywrightSuite} suite
 * @returns {{ name: string, status: string }[]}
 */
function playwrightTests({ title, suites = [], specs = [] }) {
  const own = specs.flatMap((spec) =>
    spec.tests.map((test) => ({ name: spec.title, status: test.status })),
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
  if (failed > 0) found.push(`${suite}: ${failed} failed`);
  if (passed + failed === 0) found.push(`${suite}: no test ran`);
  if (code !== 0 && found.length === 0)
    found.push(`${suite}: its tests passed, and it ended with ${code}`);
  return found;
}
