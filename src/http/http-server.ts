import { createServer, type RequestListener, type Server } from 'node:http';
import type { Answers } from './answers.ts';
import type { HttpLimits } from './http-limits.ts';
import { refuseConnections } from './refuse-connection.ts';

/** The server under Fastify, with every answer that Node would otherwise give by itself. */
export function createHttpServer(
  listener: RequestListener,
  { limits, answers, origin }: { limits: HttpLimits; answers: Answers; origin: string },
): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: 0, // The inactivity below.
      connectionsCheckingInterval: limits.checkIntervalMs,
      // Node's own answer has no body: ours is a problem (`requireWellFormed`).
      requireHostHeader: false,
      ServerResponse: answers.Answer,
    },
    listener,
  );
  // In either direction: a client that never reads its answer is cut off too.
  server.setTimeout(limits.inactivityTimeoutMs);
  // An expectation that we do not know may be passed over (RFC 9110 §10.1.1).
  server.on('checkExpectation', listener);
  refuseConnections(server, origin);
  return server;
}
