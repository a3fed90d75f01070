import { type Static, Type } from 'typebox';
import { Task } from './task.ts';

// Stryker disable StringLiteral: words for people, which a test could only repeat.
/**
 * Every failure the server can answer with, by its stable `code`: what a program branches on.
 * `status` and `title` go into the answer; `meaning` and `remedy` make the page behind its
 * `type` (RFC 9457 §3.1.1, which asks that the URI lead to an explanation).
 */
export const problems = {
  token_missing: {
    status: 401,
    title: 'An access token is required',
    meaning: 'The request carried no access token in its Authorization header.',
    remedy:
      'Send `Authorization: Bearer <access token>`. Signed-in clients get one from `GET /api/auth/token`. A token in the query string or in a cookie is not read.',
  },
  token_invalid: {
    status: 401,
    title: 'The access token is not valid',
    meaning:
      'The token is malformed, or its signature, algorithm, type, issuer, audience or one of its claims is not what this API accepts. The `error_description` of the challenge says which rule it broke.',
    remedy: 'Get a new token from `GET /api/auth/token` and send it exactly as it was issued.',
  },
  token_expired: {
    status: 401,
    title: 'The access token expired',
    meaning: 'The token was valid, and its time is over. Access tokens live for minutes.',
    remedy: 'Get a new token from `GET /api/auth/token`, then send the request again.',
  },
  token_revoked: {
    status: 401,
    title: 'The session of the access token has ended',
    meaning:
      'The token was valid, and the session it was issued for was ended: by signing out, by a change of the password, from another device, or by the operator.',
    remedy: 'Sign in again.',
  },
  credentials_ambiguous: {
    status: 400,
    title: 'Only one credential may be sent',
    meaning:
      'The request carried more than one Authorization header or credential (RFC 6750 §3.1).',
    remedy: 'Send exactly one Authorization header with one Bearer token.',
  },
  not_your_resource: {
    status: 403,
    title: 'This belongs to another user',
    meaning: 'The token is valid, and the path names a user who is not its subject.',
    remedy: 'Use your own user id in the path, or `me`.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    meaning:
      'Nothing is here for you. A task that never existed, one that was deleted and one of another user are answered alike.',
    remedy: 'Check the address and the id.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The address exists, and does not take this method.',
    remedy: 'Use one of the methods in the Allow header.',
  },
  request_malformed: {
    status: 400,
    title: 'The request could not be read',
    meaning:
      'The request is not well-formed HTTP/1.1, or its address or body is not: a broken escape, invalid UTF-8 or JSON.',
    remedy: 'Send a percent-encoded address and a body of valid JSON in UTF-8.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    meaning:
      'The headers, or the whole request, took longer than this server waits. The connection is closed.',
    remedy: 'Send the request again, on a connection that is fast enough.',
  },
  headers_too_large: {
    status: 431,
    title: 'The address or the headers are too large',
    meaning:
      'The address and the headers together are larger, or the headers are more, than this server reads. The connection is closed.',
    remedy: 'Send at most 16 KiB of them, cookies included.',
  },
  precondition_failed: {
    status: 412,
    title: 'A condition of the request does not hold',
    meaning: 'If-Match or If-Unmodified-Since does not fit the file at this address.',
    remedy: 'Ask for the file without that header.',
  },
  parameters_invalid: {
    status: 400,
    title: 'A parameter is not valid',
    meaning: 'A query parameter is unknown or has a value outside its documented range.',
    remedy: 'Correct the parameters that `errors` points at.',
  },
  cursor_invalid: {
    status: 400,
    title: 'The cursor is not valid here',
    meaning: 'The cursor is damaged, or was issued to another user or for another filter or order.',
    remedy: 'Use `nextCursor` unchanged with the parameters it came from, or start without one.',
  },
  body_invalid: {
    status: 422,
    title: 'The body is not valid',
    meaning: 'The body is JSON, but not what this operation takes. Unknown members are refused.',
    remedy: 'Correct the members that `errors` points at (JSON Pointer, RFC 6901).',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body is larger than this server reads.',
    remedy: 'Send at most 256 KiB.',
  },
  media_type_unsupported: {
    status: 415,
    title: 'The media type is not supported',
    meaning: 'The Content-Type of the body is not one that this operation takes.',
    remedy:
      'Send application/json in UTF-8; a PATCH may also be application/merge-patch+json (RFC 7396).',
  },
  task_exists: {
    status: 409,
    title: 'You already have a task with this id',
    meaning: 'A task is created once. The id in the body is already the id of one of your tasks.',
    remedy: 'Read that task, or create one with a new id.',
  },
  idempotency_key_invalid: {
    status: 400,
    title: 'The Idempotency-Key is not valid',
    meaning: 'An Idempotency-Key has 1 to 255 visible ASCII characters.',
    remedy: 'Make a new UUID for each request that is to be carried out once.',
  },
  idempotency_in_flight: {
    status: 409,
    title: 'The first sending is still under way',
    meaning: 'A request with this Idempotency-Key arrived before and is not answered yet.',
    remedy: 'Send it again after the seconds given in Retry-After: the answer is then the same.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    meaning:
      'A request with this key was carried out before, and was another one: about another task, with another body or another If-Match.',
    remedy:
      'Use a new key for a new request. Send one again exactly as it was: the same path, body and If-Match.',
  },
  version_stale: {
    status: 412,
    title: 'The task has changed since you read it',
    meaning:
      'If-Match names a version that is no longer the current one. Nothing was changed; `current` holds the task as it stands.',
    remedy: 'Merge your change into `current` and send it with the ETag of this answer.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    meaning: 'Too many requests came from this address in a short time.',
    remedy: 'Wait for the seconds given in Retry-After.',
  },
  auth_failed: {
    status: 400,
    title: 'The sign-in service refused the request',
    meaning:
      'The sign-in service answered with an error. Its `code` and `message` say which; the status is its own.',
    remedy: 'Read `message`.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on the server',
    meaning: 'The server failed. Nothing about the cause is shown; the log has it by requestId.',
    remedy: 'Try again later. Tell the operator the requestId if it goes on.',
  },
  unavailable: {
    status: 503,
    title: 'The server cannot answer at the moment',
    meaning: 'The server is starting, stopping, overloaded, or its database does not answer.',
    remedy: 'Try again after the seconds given in Retry-After.',
  },
  storage_full: {
    status: 503,
    title: 'The server has no room to store this',
    meaning: 'The disk of the server is full. Nothing was changed; what is there can be read.',
    remedy:
      'Try again after the seconds given in Retry-After. It works, without a restart, when the operator has made room.',
  },
} as const satisfies Record<
  string,
  { status: number; title: string; meaning: string; remedy: string }
>;

export type ProblemCode = keyof typeof problems;

/** The path of the page that explains a problem; its `type` is this path on the public origin. */
export const problemPath = (code: ProblemCode): string => `/api/problems/${code}`;

/**
 * The path of a request target as a problem's `instance`: a URI reference (RFC 3986 §4.1), also
 * where the target was none, because of a stray `%` or a character that belongs escaped.
 */
export function problemInstance(target: string): string {
  const path = target.split('?', 1)[0] ?? '';
  return path
    .replaceAll(/%(?![0-9a-f]{2})/gi, '%25')
    .replaceAll(/[^\w.~!$&'()*+,;=:@/%-]/gu, (character) => encodeURIComponent(character));
}

export const InputError = Type.Object(
  {
    pointer: Type.String({
      description:
        'JSON Pointer (RFC 6901) into the body, or the name of a query parameter after `?`.',
    }),
    code: Type.String({ description: 'The rule that was broken, for programs.' }),
    message: Type.String({ description: 'The rule that was broken, for people.' }),
  },
  { additionalProperties: false },
);
export type InputError = Static<typeof InputError>;

/** `application/problem+json`, RFC 9457: every answer under `/api` that is not 2xx or 304. */
export const Problem = Type.Object(
  {
    type: Type.String({ format: 'uri', description: 'A page that explains this kind of problem.' }),
    title: Type.String({ description: 'The kind of problem, for people.' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'The status of the answer.' }),
    detail: Type.String({ description: 'What went wrong this time, for people.' }),
    instance: Type.String({ format: 'uri-reference', description: 'The path of the request.' }),
    code: Type.String({ description: 'Stable, for programs: branch on this.' }),
    requestId: Type.String({ description: 'The X-Request-Id of the answer, as the log has it.' }),
    errors: Type.Optional(Type.Array(InputError, { description: 'What is wrong in the input.' })),
    current: Type.Optional(Task),
    message: Type.Optional(
      Type.String({ description: "The sign-in service's own words, in its answers only." }),
    ),
  },
  { additionalProperties: false },
);
export type Problem = Static<typeof Problem>;
