import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from './contract/problem-error.ts';
import { isStoreUnavailable } from './db/store-unavailable.ts';

const retryAfterSeconds = '5';

/** Answers a request with a problem (RFC 9457), and logs the cause of a failure of ours. */
export function replyWithProblem(
  origin: string,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblemError(error);
  if (problem.status >= 500) request.log.error({ err: error }, 'the request failed');
  return reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(
      JSON.stringify(
        problem.toProblem({ origin, path: pathOf(request.url), requestId: request.id }),
      ),
    );
}

/** Fastify's own errors in the words of the contract; anything unknown is a fault of ours. */
function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  switch ((error as Partial<FastifyError> | undefined)?.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ProblemError('body_too_large', 'The body is larger than this server reads.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new ProblemError('media_type_unsupported', 'The media type is not taken here.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ProblemError(
        'request_malformed',
        'The body is not as long as Content-Length says.',
      );
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_ASYNC_CONSTRAINT':
      return new ProblemError('request_malformed', 'The address has a broken escape.');
    case 'FST_ERR_NOT_FOUND':
      return new ProblemError('not_found', 'There is nothing at this address.');
  }
  if (isStoreUnavailable(error)) {
    return new ProblemError('unavailable', 'The store does not answer at the moment.', {
      headers: { 'retry-after': retryAfterSeconds },
      cause: error,
    });
  }
  return new ProblemError('internal', 'The cause is in the log, under this requestId.', {
    cause: error,
  });
}

/** Answers what Node's parser refused before there was a request: RFC 9112 §3, RFC 6585 §5. */
export function refuseConnection(origin: string, error: Error, socket: Socket): void {
  if (!socket.writable || (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = parserStatus((error as NodeJS.ErrnoException).code);
  const requestId = randomUUID();
  const problem = new ProblemError('request_malformed', 'This is not a well-formed HTTP request.');
  const body = JSON.stringify({
    ...problem.toProblem({ origin, path: '/', requestId }),
    status,
  });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function parserStatus(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return 400;
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
