import { APIError, createAuthMiddleware } from 'better-auth/api';
import { storablePattern } from '../contract/task.ts';

/** A person's name at sign-up, in UTF-16 code units; Better Auth itself accepts any. */
const nameMaxLength = 100;
const storable = new RegExp(storablePattern, 'u');

/** What Better Auth does not look at itself, before any of its endpoints reads the request. */
export const checkInput = createAuthMiddleware(async ({ body, query, path }) => {
  const { name, image } = (body ?? {}) as { name?: unknown; image?: unknown }; // Not yet parsed.
  if (typeof name === 'string' && name.length > nameMaxLength) {
    throw new APIError('BAD_REQUEST', {
      code: 'NAME_TOO_LONG',
      message: `A name has at most ${nameMaxLength} characters.`,
    });
  }
  // Sign-up looks at both; here the store would fail on an object and keep a number as text.
  if (
    path === '/update-user' &&
    !(isTextOrAbsent(name) && (isTextOrAbsent(image) || image === null))
  ) {
    throw new APIError('BAD_REQUEST', {
      code: 'TYPE_INVALID',
      message: 'A name is text, and so is the address of an image.',
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

const isTextOrAbsent = (value: unknown) => value === undefined || typeof value === 'string';

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return storable.test(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, item]) => isStorable(name) && isStorable(item));
}
