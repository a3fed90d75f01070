import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';

/**
 * One line for each answer, with nothing in it that a person typed and no credential: the route's
 * pattern instead of the address, no headers, no body.
 */
export class RequestLog extends LogController {
  override incomingRequest(): void {
    // The answer's line says it all.
  }

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    request.log.info(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...(request.principal && { userId: request.principal.userId }),
        ...(error && { err: error }),
      },
      'answered',
    );
  }

  override defaultErrorLog(): void {
    // The one error handler has logged what is worth it.
  }

  override routeNotFound(): void {
    // Fastify would write the address, which can hold anything.
  }

  override writeHeadError(error: Error, request: FastifyRequest): void {
    request.log.error({ requestId: request.id, err: error }, 'the answer could not be sent');
  }
}

/** What an error may say in the log. A database's own `detail` would quote the row: not that. */
export function describeError(error: Error & { code?: unknown }): {
  type: string;
  message: string;
  stack: string;
} {
  return {
    type: error.name,
    message: error.message,
    stack: error.stack ?? '',
    ...(error.code !== undefined && { code: error.code }),
    ...(error.cause instanceof Error && { cause: describeError(error.cause) }),
  };
}
