import { type Static, type TSchema, Type } from 'typebox';
import { ListQuery, Page } from './page.ts';
import type { ProblemCode } from './problem.ts';
import { NewTask, Task, TaskId, TaskPatch } from './task.ts';

export interface RouteResponse {
  description: string;
  /** Absent where the answer has no body. */
  schema?: TSchema;
  headers?: Record<string, string>;
}

/**
 * One operation of the API. The server, the OpenAPI document, the client of the page and the
 * isolation tests all read this table; an operation that is not in it does not exist.
 */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** An RFC 6570 template; an `owner` path begins with `/api/users/{userId}`. */
  path: string;
  /** `owner`: a valid access token whose subject is the path's user. `public`: anybody. */
  access: 'owner' | 'public';
  summary: string;
  description?: string;
  params?: Record<string, TSchema>;
  query?: TSchema;
  /** Request headers the operation reads, with their meaning. */
  headers?: Record<string, string>;
  body?: { mediaTypes: readonly string[]; schema: TSchema };
  responses: Record<number, RouteResponse>;
  /** Problems of its own, besides those that every operation of its access has. */
  problems: readonly ProblemCode[];
}

// Stryker disable StringLiteral: words for people, which a test could only repeat.
const userId = Type.String({ description: 'Your user id, or `me`.' });
const ifMatch = 'Change only if this ETag is still current (RFC 9110 §13.1.1).';
const ifNoneMatch = 'Answer 304 if this ETag is still current (RFC 9110 §13.1.2).';
const etag = 'For If-Match and If-None-Match.';
const prefer =
  '`wait=25` answers when the session ends, or after so many seconds, at most 25, while it goes on (RFC 7240 §4.3).';
const idempotencyKey = {
  'Idempotency-Key':
    'Carry this out once: 1 to 255 visible characters, a new key for each request. The same request with the same key gets the same answer for 24 hours, also after a change elsewhere.',
};

const idempotencyProblems = [
  'idempotency_key_invalid',
  'idempotency_key_reused',
  'idempotency_in_flight',
] as const;

export const routes = {
  listTasks: {
    method: 'GET',
    path: '/api/users/{userId}/tasks',
    access: 'owner',
    summary: 'List your tasks',
    description:
      'A page of tasks. Tasks created while you page are neither repeated nor do they push others out.',
    params: { userId },
    query: ListQuery,
    headers: { 'If-None-Match': ifNoneMatch },
    responses: {
      200: { description: 'A page of tasks.', schema: Page(Task), headers: { ETag: etag } },
      304: { description: 'Nothing has changed.', headers: { ETag: etag } },
    },
    problems: ['cursor_invalid'],
  },
  createTask: {
    method: 'POST',
    path: '/api/users/{userId}/tasks',
    access: 'owner',
    summary: 'Create a task',
    description:
      'With an `Idempotency-Key` the task is created once, however often the request is sent within 24 hours: the answer is the same each time.',
    params: { userId },
    headers: idempotencyKey,
    body: { mediaTypes: ['application/json'], schema: NewTask },
    responses: {
      201: {
        description: 'The task, stored for good.',
        schema: Task,
        headers: { Location: 'The address of the task.', ETag: etag },
      },
    },
    problems: [
      'body_invalid',
      'body_too_large',
      'media_type_unsupported',
      'task_exists',
      'storage_full',
      ...idempotencyProblems,
    ],
  },
  getTask: {
    method: 'GET',
    path: '/api/users/{userId}/tasks/{taskId}',
    access: 'owner',
    summary: 'Read a task',
    params: { userId, taskId: TaskId },
    headers: { 'If-None-Match': ifNoneMatch },
    responses: {
      200: { description: 'The task.', schema: Task, headers: { ETag: etag } },
      304: { description: 'The task has not changed.', headers: { ETag: etag } },
    },
    problems: ['not_found'],
  },
  updateTask: {
    method: 'PATCH',
    path: '/api/users/{userId}/tasks/{taskId}',
    access: 'owner',
    summary: 'Change a task',
    description:
      'A JSON Merge Patch (RFC 7396): members that are absent stay as they are. Completing a completed task keeps its `completedAt`. With an `Idempotency-Key` the change is made once: sent again after a lost answer, with the same `If-Match`, it gets that answer rather than a 412.',
    params: { userId, taskId: TaskId },
    headers: { 'If-Match': ifMatch, ...idempotencyKey },
    body: {
      mediaTypes: ['application/merge-patch+json', 'application/json'],
      schema: TaskPatch,
    },
    responses: {
      200: { description: 'The task as it is now.', schema: Task, headers: { ETag: etag } },
    },
    problems: [
      'not_found',
      'body_invalid',
      'body_too_large',
      'media_type_unsupported',
      'version_stale',
      'storage_full',
      ...idempotencyProblems,
    ],
  },
  deleteTask: {
    method: 'DELETE',
    path: '/api/users/{userId}/tasks/{taskId}',
    access: 'owner',
    summary: 'Delete a task',
    description:
      'With an `Idempotency-Key` the same request sent again is answered 204 again, rather than 404.',
    params: { userId, taskId: TaskId },
    headers: { 'If-Match': ifMatch, ...idempotencyKey },
    responses: { 204: { description: 'The task is gone.' } },
    problems: ['not_found', 'version_stale', 'storage_full', ...idempotencyProblems],
  },
  getSession: {
    method: 'GET',
    path: '/api/users/{userId}/session',
    access: 'owner',
    summary: 'Ask whether your session goes on',
    description:
      'To know at once, not with the next request, that the session was ended elsewhere: ask with `Prefer: wait=25`, and again after each answer. A session that has ended is refused as it is everywhere: 401, `token_revoked`.',
    params: { userId },
    headers: { Prefer: prefer },
    responses: { 204: { description: 'It goes on.' } },
    problems: [],
  },
  getOpenApi: {
    method: 'GET',
    path: '/api/openapi.json',
    access: 'public',
    summary: 'This description of the API, in OpenAPI 3.1',
    responses: { 200: { description: 'An OpenAPI document.', schema: Type.Unknown() } },
    problems: [],
  },
} as const satisfies Record<string, Route>;

export type Routes = typeof routes;
export type OperationId = keyof Routes;

type Schema<T> = T extends TSchema ? Static<T> : undefined;

/** The parsed body, query and success body of an operation, as the table declares them. */
export type BodyOf<R extends Route> = R extends { body: { schema: infer S } }
  ? Schema<S>
  : undefined;
export type QueryOf<R extends Route> = R extends { query: infer S } ? Schema<S> : undefined;
export type ParamsOf<R extends Route> = R extends { params: infer P }
  ? { [K in keyof P]: string }
  : Record<never, string>;
export type ResultOf<R extends Route> = {
  [S in keyof R['responses']]: R['responses'][S] extends { schema: infer T } ? Schema<T> : never;
}[keyof R['responses']];

/** The problems that any operation of this access can answer with, besides its own. */
export const commonProblems: Record<Route['access'], readonly ProblemCode[]> = {
  owner: [
    'request_malformed',
    'request_timeout',
    'headers_too_large',
    'parameters_invalid',
    'credentials_ambiguous',
    'token_missing',
    'token_invalid',
    'token_expired',
    'token_revoked',
    'not_your_resource',
    'rate_limited',
    'internal',
    'unavailable',
  ],
  public: [
    'request_malformed',
    'request_timeout',
    'headers_too_large',
    'parameters_invalid',
    'rate_limited',
    'internal',
    'unavailable',
  ],
};
