import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Problem, problemInstance, problemPath, problems } from '../contract/problem.ts';
import { ProblemError } from '../contract/problem-error.ts';
import type { Exchange, IssuerRequest, IssuerResponse } from './exchange.ts';
import { clientAddressHeader, issuerPath } from './issuer-path.ts';

/** The largest body the issuer reads: an address, a name and a password are far smaller. */
const bodyLimitBytes = 16 * 1024;

export interface IssuerMountOptions {
  exchange: Exchange;
  origin: string;
  /** Whether the accounts store answers: tells an outage from a fault. */
  isReady: () => Promise<boolean>;
}

/**
 * Serves Better Auth under `/api/auth/*`. Bodies reach it as they came, its errors leave in the
 * one problem form, and no answer but that of `/token` shows a token to a script.
 */
export async function mountIssuer(
  app: FastifyInstance,
  { exchange, origin, isReady }: IssuerMountOptions,
): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => body);
  app.route({
    method: ['GET', 'POST'],
    url: `${issuerPath}/*`,
    bodyLimit: bodyLimitBytes,
    handler: async (request, reply) => {
      const response = await exchange(toIssuerRequest(request, origin));
      const { body } = response;
      reply.header('cache-control', 'no-store');
      copyHeaders(response, reply);
      reply.code(response.status);
      if (response.status < 400) return reply.send(withoutSessionTokens(request, body));
      // One that says when to come again is no failure: too many passwords wait to be hashed.
      const isBusy = response.status === 503 && reply.hasHeader('retry-after');
      if (response.status >= 500 && !isBusy) throw await failure(isReady);
      return reply
        .type('application/problem+json')
        .send(JSON.stringify(toProblem(request, response, origin)));
    },
  });
}

/** The request on the configured origin: neither `Host` nor the client chooses where we are. */
function toIssuerRequest(request: FastifyRequest, origin: string): IssuerRequest {
  const headers: IssuerRequest['headers'] = [];
  for (const [name, value] of Object.entries(request.headers)) {
    if (name === 'content-length' || name === clientAddressHeader || value === undefined) continue;
    for (const item of [value].flat()) headers.push([name, item]);
  }
  headers.push([clientAddressHeader, request.ip]);
  const body = request.body as Buffer | undefined; // What the one parser above makes.
  return {
    method: request.method,
    url: new URL(request.url, origin).href,
    headers,
    body: body?.toString('latin1') ?? '',
  };
}

function copyHeaders({ headers, cookies }: IssuerResponse, reply: FastifyReply): void {
  for (const [name, value] of headers) {
    // The body can change its length.
    if (name !== 'content-length') reply.header(name, value);
  }
  if (cookies.length > 0) reply.header('set-cookie', cookies);
  const retryAfter = reply.getHeader('x-retry-after');
  if (retryAfter !== undefined) {
    reply
      .removeHeader('x-retry-after')
      .headers({ 'retry-after': retryAfter, ratelimit: `"sign-in";r=0;t=${retryAfter}` });
  }
}

/** Better Auth puts the session's secret into several bodies; the cookie is its only place. */
function withoutSessionTokens(request: FastifyRequest, body: string): string {
  const path = request.url.split('?', 1)[0];
  if (path === `${issuerPath}/token` || !body.includes('"token"')) return body;
  return JSON.stringify(JSON.parse(body, (key, value) => (key === 'token' ? undefined : value)));
}

/** Better Auth's own `code` and `message` stay where its client reads them. */
function toProblem(request: FastifyRequest, response: IssuerResponse, origin: string): Problem {
  const own = parseError(response.body);
  const kind =
    response.status === 429
      ? 'rate_limited'
      : response.status === 503
        ? 'unavailable'
        : response.status === 404 && !own.code
          ? 'not_found'
          : 'auth_failed';
  const message = own.message ?? problems[kind].meaning;
  return {
    type: `${origin}${problemPath(kind)}`,
    title: problems[kind].title,
    status: response.status,
    detail: message,
    instance: problemInstance(request.url),
    code: own.code ?? kind,
    requestId: request.id,
    message,
  };
}

function parseError(body: string): { code?: string; message?: string } {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return {};
    return {
      ...('code' in value && typeof value.code === 'string' && { code: value.code }),
      ...('message' in value && typeof value.message === 'string' && { message: value.message }),
    };
  } catch {
    return {}; // A body that is no JSON explains nothing; the status does.
  }
}

async function failure(isReady: () => Promise<boolean>): Promise<ProblemError> {
  return (await isReady())
    ? new ProblemError('internal', 'The sign-in service failed.')
    : storeUnavailable();
}

function storeUnavailable(): ProblemError {
  return new ProblemError('unavailable', 'The accounts store does not answer.', {
    headers: { 'retry-after': '5' },
  });
}
