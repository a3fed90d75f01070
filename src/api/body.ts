import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../contract/problem-error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON bodies strictly: well-formed UTF-8 (nothing is replaced silently, RFC 8259 §8.1),
 * and an empty body is no body, also where its type says JSON (a DELETE of many clients).
 */
export function parseJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => {
      if (body.length === 0) return undefined;
      try {
        return JSON.parse(utf8.decode(body)) as unknown;
      } catch (cause) {
        throw new ProblemError('request_malformed', 'The body is not valid JSON in UTF-8.', {
          cause,
        });
      }
    },
  );
}

/**
 * Refuses a body of another media type, or in another charset than UTF-8, before it is read.
 * @throws {ProblemError} 415, with the types it takes (RFC 9110 §12.5.1, RFC 5789 §3.1).
 */
export function requireMediaType(request: FastifyRequest, accepted: readonly string[]): void {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  const utf8Only = parameters.every(
    (parameter) => !parameter.startsWith('charset=') || /^charset="?utf-?8"?$/.test(parameter),
  );
  if (accepted.includes(type) && utf8Only) return;
  const header = request.method === 'PATCH' ? 'accept-patch' : 'accept-post';
  throw new ProblemError('media_type_unsupported', `Send ${accepted.join(' or ')} in UTF-8.`, {
    headers: { [header]: accepted.join(', ') },
  });
}
