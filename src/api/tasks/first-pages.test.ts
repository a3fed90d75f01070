import { expect, test } from 'vitest';
import type { EncodedBody } from '../mount.ts';
import type { UserId } from '../principal.ts';
import { createFirstPages } from './first-pages.ts';

const [ann, bob, cem] = ['ann', 'bob', 'cem'] as UserId[] as [UserId, UserId, UserId];
const page = (size = 10) => ({ bytes: Buffer.alloc(size) }) as unknown as EncodedBody;

test('a page is given to its owner, at its version, for its list, and to nothing else', () => {
  const pages = createFirstPages();
  const kept = page();
  pages.keep(ann, 3, 'all newest 50', kept);
  expect(pages.find(bob, 3, 'all newest 50')).toBeUndefined();
  expect(pages.find(ann, 3, 'all newest 51')).toBeUndefined();
  expect(pages.find(ann, 3, 'all newest 50')).toBe(kept);
});

test('owners whose names hold what separates other names are not mixed up', () => {
  const pages = createFirstPages();
  const [plain, tricky] = ['ann', 'all newest 50 ann'] as UserId[] as [UserId, UserId];
  const [one, other] = [page(), page()];
  pages.keep(plain, 1, 'all newest 50', one);
  pages.keep(tricky, 1, '', other);
  expect(pages.find(plain, 1, 'all newest 50')).toBe(one);
  expect(pages.find(tricky, 1, '')).toBe(other);
  expect(pages.find(tricky, 1, 'all newest 50')).toBeUndefined();
});

test('several lists of one version are kept', () => {
  const pages = createFirstPages();
  const [open, all] = [page(), page()];
  pages.keep(ann, 1, 'open', open);
  pages.keep(ann, 1, 'all', all);
  expect([pages.find(ann, 1, 'open'), pages.find(ann, 1, 'all')]).toEqual([open, all]);
});

test.each([2, 0])('what was kept at another version is gone: %i', (version) => {
  const byFinding = createFirstPages();
  byFinding.keep(ann, 1, 'all', page());
  expect(byFinding.find(ann, version, 'all')).toBeUndefined();
  // Also for an owner whose versions begin again and come by the same.
  expect(byFinding.find(ann, 1, 'all')).toBeUndefined();

  const byKeeping = createFirstPages();
  byKeeping.keep(ann, 1, 'all', page());
  byKeeping.keep(ann, version, 'open', page());
  byKeeping.keep(ann, 1, 'open', page());
  expect(byKeeping.find(ann, 1, 'all')).toBeUndefined();
});

test('the memory is bounded in bytes: those kept longest ago make room', () => {
  const pages = createFirstPages(100, 60);
  pages.keep(ann, 1, 'all', page(40));
  pages.keep(bob, 1, 'all', page(40));
  pages.keep(ann, 1, 'open', page(10));
  pages.keep(cem, 1, 'all', page(40));
  expect(pages.find(bob, 1, 'all')).toBeUndefined();
  expect(pages.find(ann, 1, 'all')).toBeDefined();
  expect(pages.find(ann, 1, 'open')).toBeDefined();
  expect(pages.find(cem, 1, 'all')).toBeDefined();
});

test("what does not fit into an owner's share is not kept, and pushes nobody out", () => {
  const pages = createFirstPages(100, 60);
  pages.keep(ann, 1, 'all', page(50));
  pages.keep(bob, 1, 'all', page(61));
  pages.keep(ann, 1, 'open', page(11));
  expect(pages.find(bob, 1, 'all')).toBeUndefined();
  expect(pages.find(ann, 1, 'open')).toBeUndefined();
  expect(pages.find(ann, 1, 'all')).toBeDefined();
});

test('a page kept again counts once', () => {
  const pages = createFirstPages(100, 60);
  for (let n = 0; n < 10; n++) pages.keep(ann, 1, 'all', page(50));
  pages.keep(bob, 1, 'all', page(50));
  expect(pages.find(ann, 1, 'all')).toBeDefined();
  expect(pages.find(bob, 1, 'all')).toBeDefined();
});
