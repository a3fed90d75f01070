import { METHODS } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../contract/problem-error.ts';

/** Node itself hands this one to whoever listens for `connect`; it is no request to a path. */
const notRouted = new Set(['CONNECT']);

/**
 * Answers 405 with `Allow` (RFC 9110 §15.5.6) to every method that a registered address does not
 * take. Call it before the routes are registered; the function it returns, after them. An address
 * that ends in a wildcard at the root is everything else, and takes no part.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const allowed = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '/*') return;
    const methods = allowed.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    if (methods.has('GET')) methods.add('HEAD');
    allowed.set(url, methods);
  });
  for (const method of METHODS) {
    if (!app.supportedMethods.includes(method) && !notRouted.has(method)) app.addHttpMethod(method);
  }
  return () => {
    for (const [url, methods] of [...allowed]) refuse(app, url, [...methods]);
  };
}

function refuse(app: FastifyInstance, url: string, allowed: string[]): void {
  app.route({
    method: app.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    onRequest: async (request) => {
      throw new ProblemError('method_not_allowed', `${request.method} is not possible here.`, {
        headers: { allow: allowed.join(', ') },
      });
    },
    handler: async () => undefined,
  });
}
