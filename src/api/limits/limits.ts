import type { FastifyInstance, FastifyReply } from 'fastify';
import { ProblemError } from '../../contract/problem-error.ts';
import { clientNetwork } from './client-network.ts';
import type { Limiter, LimitPolicy, Verdict } from './limiter.ts';

/** A household behind one address, with room for programs of theirs. */
export const addressPolicy = { name: 'address', quota: 1_200, windowSeconds: 60 };
/** One person's page and programs together: ten requests a second, all the time. */
export const userPolicy = { name: 'user', quota: 600, windowSeconds: 60 };

/** What a caller is counted under. */
export const bucketOf = ({ name }: LimitPolicy, caller: string): string => `${name} ${caller}`;

export interface Limits {
  byAddress: Limiter;
  byUser: Limiter;
}

/**
 * Counts every request to the API: by address before anything else is looked at, and by user once
 * the token has proven who it is. What is left stands in RateLimit and RateLimit-Policy
 * (draft-ietf-httpapi-ratelimit-headers-10).
 * @throws {ProblemError} 429 from the hooks, with Retry-After (RFC 6585 §4).
 */
export function addLimits(app: FastifyInstance, { byAddress, byUser }: Limits): void {
  app.addHook('onRequest', async (request, reply) => {
    apply(byAddress, clientNetwork(request.ip), reply);
  });
  // After every onRequest hook, so after authentication, and before the body is read.
  app.addHook('preParsing', async (request, reply) => {
    if (request.principal !== undefined) apply(byUser, request.principal.userId, reply);
  });
}

function apply(limiter: Limiter, caller: string, reply: FastifyReply): void {
  const { name, quota, windowSeconds } = limiter.policy;
  const verdict = limiter.consume(bucketOf(limiter.policy, caller));
  reply.headers({
    ratelimit: `"${name}";r=${verdict.remaining};t=${verdict.resetSeconds}`,
    'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
  });
  if (!verdict.allowed) refuse(verdict);
}

function refuse({ resetSeconds }: Verdict): never {
  throw new ProblemError('rate_limited', `Wait for ${resetSeconds} seconds.`, {
    headers: { 'retry-after': String(resetSeconds) },
  });
}
