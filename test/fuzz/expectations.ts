import { expect } from 'vitest';
import type { Operation } from './document.ts';
import type { Received } from './exchange.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What holds for every answer: no fault of ours, an id, and a problem wherever it is a refusal. */
export function expectGoodManners({ method, status, header, text }: Received): void {
  expect(status, text).toBeLessThan(500);
  expect(header('x-request-id')).toMatch(uuid);
  if (status === 405) expect(header('allow')).toBeDefined();
  if (status < 400) return;
  expect(header('content-type')).toMatch(/^application\/problem\+json/);
  if (method === 'HEAD') return;
  const problem = JSON.parse(text);
  expect(problem).toMatchObject({ status, requestId: header('x-request-id') });
  expect(new URL(problem.type).pathname).toMatch(/^\/api\/problems\/\w+$/);
}

/** That an answer is one that the document says the operation can give. */
export function expectDocumented(operation: Operation, received: Received): void {
  expectGoodManners(received);
  const { status, header, text } = received;
  if (status === 401) expect(header('www-authenticate')).toMatch(/^Bearer realm="ownlist"/);
  const described = operation.responses[status];
  if (described === undefined) {
    throw new Error(`${operation.id} answers ${status}, which is not documented: ${text}`);
  }
  for (const name of described.headers) {
    // What only some of the answers of a status carry is not asked of each.
    if (status < 400) expect(header(name.toLowerCase()), name).toBeDefined();
  }
  const mediaType = (header('content-type') ?? '').split(';')[0] ?? '';
  if (described.mediaTypes.length === 0) {
    expect(text).toBe('');
    return;
  }
  expect(described.mediaTypes).toContain(mediaType);
  const fits = operation.describes(status, mediaType);
  const body: unknown = JSON.parse(text);
  if (!fits(body)) {
    throw new Error(`${operation.id} ${status}: ${JSON.stringify(fits.errors)} in ${text}`);
  }
}
