import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setInterval } from 'node:timers';
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler } from 'fastify';
import type { OverloadLimits } from '../config/config.ts';
import { ProblemError } from '../contract/problem-error.ts';
import { sendProblem } from './problem-replies.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether this request is being worked on, and counts. */
    hasPlace: boolean;
  }
}

export const overloadReasons = ['requests', 'event_loop'] as const;
export type OverloadReason = (typeof overloadReasons)[number];

export interface OverloadOptions extends OverloadLimits {
  origin: string;
  /** Patterns of routes that are answered all the same: what tells a supervisor how it is. */
  always: readonly string[];
  /** Patterns of routes that wait for something and do no work meanwhile: they take no place. */
  waiting: readonly string[];
  onRefusal?: ((reason: OverloadReason) => void) | undefined;
}

const sampleIntervalMs = 1_000;
const resolutionMs = 10;
/** Made once: under load its stack would be the most expensive part of the answer. */
const overloaded = new ProblemError(
  'unavailable',
  'The server has more to do than it keeps up with.',
  { headers: { 'retry-after': '1' } },
);

/**
 * Answers 503 with Retry-After, at once and before anything else is looked at, while there is more
 * to do than this process keeps up with. A place is taken when a request is here with its body, and
 * left when its answer is made, so a client that sends or reads slowly takes nobody's. Call it
 * before the routes are added.
 */
export function refuseWhenOverloaded(
  app: FastifyInstance,
  options: OverloadOptions,
): { inFlight: () => number } {
  const { maxConcurrentRequests, maxEventLoopDelayMs, origin, always, waiting } = options;
  const isLate = watchEventLoop(app, maxEventLoopDelayMs);
  let inFlight = 0;

  const refuse = (
    reason: OverloadReason,
    request: FastifyRequest,
    reply: FastifyReply,
  ): FastifyReply => {
    options.onRefusal?.(reason);
    return sendProblem(origin, overloaded, request, reply);
  };
  // Also of an answer that nobody waits for any more, of which nothing is ever sent.
  const leavePlace: onSendHookHandler = (request, _reply, _payload, done) => {
    if (request.hasPlace) {
      request.hasPlace = false;
      inFlight--;
    }
    done();
  };

  app.decorateRequest('hasPlace', false);
  app.addHook('onRequest', (request, reply, done) => {
    const isFull = inFlight >= maxConcurrentRequests;
    if (!isFull && !isLate()) return done();
    if (always.includes(request.routeOptions.url ?? '')) return done();
    refuse(isFull ? 'requests' : 'event_loop', request, reply);
  });
  app.addHook('onRoute', (route) => {
    if (always.includes(route.url) || waiting.includes(route.url)) return;
    const { handler } = route;
    // Around it, and no hook before it: that would be one more step of every request.
    route.handler = function (request, reply) {
      // The route for HEAD is made of that for GET, with this around it already.
      if (!request.hasPlace) {
        if (inFlight >= maxConcurrentRequests) return refuse('requests', request, reply);
        request.hasPlace = true;
        inFlight++;
      }
      return handler.call(this, request, reply);
    };
    route.onSend = [leavePlace, ...[route.onSend ?? []].flat()];
  });
  return { inFlight: () => inFlight };
}

/** Whether the event loop was too late on average, each of the last two times it was looked at. */
function watchEventLoop(app: FastifyInstance, maxDelayMs: number): () => boolean {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let isLate = false;
  let wasAbove = false;
  const timer = setInterval(() => {
    const wasLate = isLate;
    const isAbove = delay.mean / 1e6 - resolutionMs > maxDelayMs;
    delay.reset();
    // A single pause, such as a collection of garbage or a busy machine's, is no overload.
    isLate = isAbove && wasAbove;
    wasAbove = isAbove;
    if (isLate && !wasLate) app.log.warn('overloaded: requests are refused until it keeps up');
    if (wasLate && !isLate) app.log.warn('keeping up again');
  }, sampleIntervalMs);
  app.addHook('onClose', async () => {
    clearInterval(timer);
    delay.disable();
  });
  return () => isLate;
}
