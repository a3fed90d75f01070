import { APIError, createAuthMiddleware } from 'better-auth/api';
import { storablePattern } from '../contract/task.ts';

/** A person's name at sign-up, in UTF-16 code units; Better Auth itself accepts any. */
const nameMaxLength = 100;
const storable = new RegExp(storablePattern, 'u');

/** What Better Auth does not look at itself, before any of its endpoints reads the request. */
export const checkInput = createAuthMiddleware(async ({ body, query }) => {
  const { name } = (body ?? {}) as { name?: unknown }; // Not yet parsed by the endpoint.
  if (typeof name === 'string' && name.length > nameMaxLength) {
    throw new APIError('BAD_REQUEST', {
      code: 'NAME_TOO_LONG',
      message: `A name has at most ${nameMaxLength} characters.`,
    });
  }
  // PostgreSQL would fail on it, and SQLite would keep something else.
  if (!isStorable(body) || !isStorable(query)) {
    throw new APIError('BAD_REQUEST', {
      code: 'TEXT_INVALID',
      message: 'Text may hold no NUL and no lone surrogate.',
    });
  }
});

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return storable.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, item]) => isStorable(name) && isStorable(item));
}
