import { expect, test } from 'vitest';
import type { UserId } from '../principal.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';

const ann = 'ann' as UserId;
const list = { status: 'open', sort: 'newest' } as const;
const id = '01a1fcc4-a1ed-7f57-bb46-c820c5d58a0c';
const cursor = encodeCursor(ann, list, id);
const searching = encodeCursor(ann, { ...list, q: 'bread' }, id);

test('a cursor leads back to where it was made, and shows neither owner nor filter', () => {
  expect(decodeCursor(ann, list, cursor)).toBe(id);
  expect(cursor).toMatch(/^[\w-]{12}\.[\w-]+$/);
});

test.each([
  ['another owner', () => decodeCursor('bob' as UserId, list, cursor)],
  ['another filter', () => decodeCursor(ann, { ...list, status: 'all' }, cursor)],
  ['a search', () => decodeCursor(ann, { ...list, q: 'milk' }, cursor)],
  ['another search', () => decodeCursor(ann, { ...list, q: 'milk' }, searching)],
  ['no search', () => decodeCursor(ann, list, searching)],
  ['another order', () => decodeCursor(ann, { ...list, sort: 'oldest' }, cursor)],
])('a cursor is refused for %s', (_, decode) => {
  expect(decode).toThrow(expect.objectContaining({ code: 'cursor_invalid' }));
});

const [binding, encoded = ''] = cursor.split('.');
test.each([
  '',
  '.',
  'nonsense',
  binding,
  `.${encoded}`,
  `${binding}.`,
  `${cursor}.`,
  `${cursor}=`,
  `${cursor}AA`,
  cursor.slice(0, -1),
  `${binding}.${Buffer.from('not an id').toString('base64url')}`,
  `${binding}.${Buffer.from(`${id}\n`).toString('base64url')}`,
  `${binding}.${Buffer.from(`x${id}`).toString('base64url')}`,
])('%j is no cursor', (damaged = '') => {
  expect(() => decodeCursor(ann, list, damaged)).toThrow(
    'The cursor does not belong to this list.',
  );
});
