import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { problemInstance } from '../contract/problem.ts';
import { ProblemError } from '../contract/problem-error.ts';
import { isStoreDamaged, isStoreFull, isStoreUnavailable } from '../db/store-unavailable.ts';

const retryAfterSeconds = '5';

/** For the log: what the operator has to do. */
const damagedStore =
  'a store is damaged: stop the server, and put the last backup in its place with npm run restore -- BACKUP --yes';

/** Answers a request with a problem (RFC 9457), and logs the cause of a failure of ours. */
export function replyWithProblem(
  origin: string,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = isCutOff(error, request) ? cutOff(error) : toProblemError(error);
  const failure = { requestId: request.id, err: error };
  if (isStoreDamaged(error)) request.log.fatal(failure, damagedStore);
  else if (problem.status >= 500) request.log.error(failure, 'the request failed');
  return sendProblem(origin, problem, request, reply);
}

/** The answer itself, of a problem that is worth no line in the log. */
export function sendProblem(
  origin: string,
  problem: ProblemError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(
      JSON.stringify(
        problem.toProblem({ origin, path: problemInstance(request.url), requestId: request.id }),
      ),
    );
}

/** A client that left before its body was here: nobody's fault, and nobody reads the answer. */
function isCutOff(error: unknown, { raw }: FastifyRequest): boolean {
  return error instanceof Error && error === raw.errored;
}

function cutOff(cause: unknown): ProblemError {
  return new ProblemError('request_malformed', 'The body ended too early.', { cause });
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
    // What a path cannot be the name of is not there: `//`, `..%5c`, a name that is too long.
    case 'FST_STATIC_FORBIDDEN_PATH':
    case 'FST_ERR_NOT_FOUND':
      return new ProblemError('not_found', 'There is nothing at this address.');
  }
  switch (error instanceof Error && error.name) {
    case 'PreconditionFailedError':
      return new ProblemError('precondition_failed', 'The file is not the one you have.');
    // The same of a NUL in the path of a file (@fastify/send).
    case 'BadRequestError':
      return new ProblemError('not_found', 'There is nothing at this address.');
  }
  if (isStoreFull(error)) {
    return new ProblemError('storage_full', 'There is no room left to store this in.', {
      headers: { 'retry-after': retryAfterSeconds },
      cause: error,
    });
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
