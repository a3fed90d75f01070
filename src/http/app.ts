import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Config } from '../config/config.ts';
import { ProblemError } from '../contract/problem-error.ts';
import { answersWith } from './answers.ts';
import { type HttpLimits, keepAliveHint } from './http-limits.ts';
import { createHttpServer } from './http-server.ts';
import { logOutput } from './log-output.ts';
import { isNavigation, sendPage } from './page.ts';
import { replyWithProblem } from './problem-replies.ts';
import { originForm, requireWellFormed } from './request-form.ts';
import { describeError, RequestLog } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';

const bodyLimitBytes = 256 * 1024;
/** The longest part of a path: header limits bound it already, and a user's id may be long. */
const maxParamLength = 16 * 1024;

type AppConfig = Pick<Config, 'origin' | 'logLevel' | 'trustedProxies'>;

/**
 * Fastify as this server has it, with no routes yet: its log, the form a request has to have, the
 * headers and ids of answers, and a problem for whatever fails (RFC 9457).
 */
export function createApp(
  { origin, logLevel, trustedProxies }: AppConfig,
  limits: HttpLimits,
): FastifyInstance {
  const output = logOutput();
  const answers = answersWith(securityHeaders(origin), keepAliveHint(limits));
  const app = fastify({
    logger: {
      level: logLevel,
      base: null,
      serializers: { err: describeError },
      stream: output,
    },
    // A line that is about a request has its id all the same: `RequestLog` and `replyWithProblem`.
    childLoggerFactory: (logger) => logger,
    logController: new RequestLog(output, logLevel),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    bodyLimit: bodyLimitBytes,
    // The server has one already: Fastify's own would answer beside it.
    clientErrorHandler: () => undefined,
    serverFactory: (listener) => createHttpServer(listener, { limits, answers, origin }),
    rewriteUrl: ({ url = '/' }) => originForm(url),
    routerOptions: { maxParamLength },
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      stamp(request.id, reply);
      replyWithProblem(origin, error, request, reply);
    },
  });
  // A stop would wait for connections that are busy when it begins, for as long as they are kept alive.
  app.addHook('preClose', async () => answers.endConnections());
  // Bodies are read where an operation takes one: an unknown address is 404, whatever is sent to it.
  app.removeAllContentTypeParsers();
  const stamp = (id: string, reply: FastifyReply): void => void reply.header('x-request-id', id);
  app.addHook('onRequest', (request, reply, done) => {
    stamp(request.id, reply);
    requireWellFormed(request.raw);
    done();
  });
  app.setErrorHandler((error, request, reply) => replyWithProblem(origin, error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    if (isNavigation(request) && reply.sendFile !== undefined) return sendPage(reply);
    throw new ProblemError('not_found', 'There is nothing at this address.');
  });
  return app;
}
