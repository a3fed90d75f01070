import { createHash } from 'node:crypto';
import { ProblemError } from '../../contract/problem-error.ts';
import { taskIdPattern } from '../../contract/task.ts';
import type { UserId } from '../principal.ts';
import type { ListPosition } from './store.ts';

type List = Pick<ListPosition, 'status' | 'sort'> & { q?: string | undefined };

/** Bytes of the digest that binds a cursor to its list; it catches mistakes, it guards nothing. */
const bindingBytes = 9;

/** An opaque cursor: the list begins behind `id`. It is bound to the owner, filter, search and order. */
export function encodeCursor(owner: UserId, list: List, id: string): string {
  return `${bindingOf(owner, list)}.${Buffer.from(id).toString('base64url')}`;
}

/**
 * The id that a cursor stands for.
 * @throws {ProblemError} `cursor_invalid` for a damaged one and for one of another list.
 */
export function decodeCursor(owner: UserId, list: List, cursor: string): string {
  const [, encoded = ''] = cursor.split('.');
  const id = Buffer.from(encoded, 'base64url').toString();
  if (!new RegExp(taskIdPattern).test(id) || cursor !== encodeCursor(owner, list, id)) {
    throw new ProblemError('cursor_invalid', 'The cursor does not belong to this list.');
  }
  return id;
}

function bindingOf(owner: UserId, { status, sort, q }: List): string {
  return createHash('sha256')
    .update(JSON.stringify(q === undefined ? [owner, status, sort] : [owner, status, sort, q]))
    .digest()
    .subarray(0, bindingBytes)
    .toString('base64url');
}
