import { expect, test } from 'vitest';
import { complaints, tallyPlaywright, tallyVitest } from '../../scripts/tally.mjs';

const vitestReport = {
  testResults: [
    {
      name: 'a.test.ts',
      status: 'failed',
      assertionResults: [
        { fullName: 'one holds', status: 'passed' },
        { fullName: 'two holds', status: 'failed', failureMessages: ['expected 1 to be 2'] },
        { fullName: 'three is skipped', status: 'skipped' },
        { fullName: 'four is to do', status: 'todo' },
        { fullName: 'five is pending', status: 'pending' },
      ],
    },
    {
      name: 'cannot-be-read.test.ts',
      status: 'failed',
      message: 'no such file',
      assertionResults: [],
    },
  ],
};

test('every test that failed is named with what it said, and so is a file that cannot be run', () => {
  expect(tallyVitest(vitestReport)).toMatchObject({
    passed: 1,
    failed: ['two holds\nexpected 1 to be 2', 'cannot-be-read.test.ts\nno such file'],
  });
});

test('every test of Vitest that did not run is named', () => {
  expect(tallyVitest(vitestReport).skipped).toEqual([
    'three is skipped',
    'four is to do',
    'five is pending',
  ]);
});

test('tests of Playwright count at every depth, and a flaky one as a failure', () => {
  const unexpected = {
    status: 'unexpected',
    results: [{ errors: [{ message: 'not visible' }] }],
  };
  const suites = [
    {
      title: 'a.spec.ts',
      specs: [{ title: 'one holds', tests: [{ status: 'expected' }, unexpected] }],
      suites: [
        {
          title: 'deeper',
          specs: [
            { title: 'two holds', tests: [{ status: 'flaky' }] },
            { title: 'three holds', tests: [{ status: 'skipped' }] },
          ],
        },
      ],
    },
  ];
  expect(tallyPlaywright({ suites })).toEqual({
    passed: 1,
    failed: ['a.spec.ts one holds\nnot visible', 'a.spec.ts deeper two holds'],
    skipped: ['a.spec.ts deeper three holds'],
  });
});

test('a suite passes when all its tests ran and passed', () => {
  expect(complaints('unit', 0, { passed: 1, failed: [], skipped: [] })).toEqual([]);
});

test.each([
  ['in which a test failed', 1, { passed: 1, failed: ['two'], skipped: [] }, 'unit: failed: two'],
  ['in which no test ran', 0, { passed: 0, failed: [], skipped: [] }, 'no test ran'],
  ['that skipped a test', 0, { passed: 1, failed: [], skipped: ['a'] }, 'skipped, which'],
  ['that broke after its tests', 1, { passed: 1, failed: [], skipped: [] }, 'ended with 1'],
])('a suite %s does not pass', (_, code, tally, complaint) => {
  expect(complaints('unit', code, tally)).toEqual([expect.stringContaining(complaint)]);
});
