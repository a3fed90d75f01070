import { expect, test } from 'vitest';
import { busiest, type Profile, shareOf } from './profile.ts';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 6 });
/** A handler that verifies (which parses) and stringifies; half of the time there is nothing to do. */
const profile: Profile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('handle', 'file:///anywhere/src/mount.ts'), children: [4, 5] },
    { id: 4, callFrame: frame('verify', 'file:///anywhere/src/verify.ts'), children: [6] },
    { id: 5, callFrame: frame('stringify'), children: [] },
    { id: 6, callFrame: frame('parse') },
  ],
  samples: [2, 3, 4, 5, 6, 5, 2],
  timeDeltas: [600, 100, 50, 300, 150, 400, 400],
};

test('the functions with the most time of their own come first, as shares of the busy time', () => {
  expect(busiest(profile)).toBe(
    [
      ' 70.0 %  stringify',
      ' 15.0 %  parse',
      ' 10.0 %  handle  src/mount.ts:7',
      '  5.0 %  verify  src/verify.ts:7',
    ].join('\n'),
  );
});

test('the share of a part is that of its own code and of all it calls', () => {
  expect(shareOf(profile, (url) => url.endsWith('/verify.ts'))).toBeCloseTo(0.2);
  expect(shareOf(profile, (url) => url.endsWith('/mount.ts'))).toBe(1);
  expect(shareOf(profile, () => false)).toBe(0);
});
