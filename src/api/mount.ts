import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '../contract/problem-error.ts';
import {
  type BodyOf,
  type OperationId,
  type ParamsOf,
  type QueryOf,
  type ResultOf,
  type Route,
  type Routes,
  routes,
} from '../contract/routes.ts';
import { authenticate } from './authenticate.ts';
import { requireMediaType } from './body.ts';
import type { UserId } from './principal.ts';
import type { VerifyAccessToken } from './tokens/access-token.ts';
import { bodyValidator, queryValidator } from './validate.ts';

/** A request to one operation, authenticated, authorised and parsed. */
export interface Call<R extends Route> {
  /** The caller, who is also the user of the path. */
  userId: R['access'] extends 'owner' ? UserId : undefined;
  params: ParamsOf<R>;
  query: QueryOf<R>;
  body: BodyOf<R>;
  header: (name: string) => string | undefined;
}

export interface Answer<R extends Route> {
  status: keyof R['responses'];
  headers?: Record<string, string>;
  body?: ResultOf<R> | undefined;
}

type Handler = (call: Call<Route>) => Promise<Answer<Route>>;

/** What an operation does. The compiler asks for one handler for each route of the table. */
export type Handlers = {
  [Id in OperationId]: (call: Call<Routes[Id]>) => Promise<Answer<Routes[Id]>>;
};

/**
 * Serves every route of the table. Each request passes the same steps in the same order:
 * credential, user of the path, media type, parameters, body, handler.
 */
export function mountRoutes(
  app: FastifyInstance,
  verify: VerifyAccessToken,
  handlers: Handlers,
): void {
  // A DELETE is told all by its address (RFC 9110 §9.3.5): its body, as that of a GET, is not read.
  app.addHttpMethod('DELETE', { hasBody: false, overrideExisting: true });
  for (const [id, route] of Object.entries<Route>(routes)) {
    // Each handler takes the call of its own route; the table pairs them by their key.
    const handler = handlers[id as OperationId] as unknown as Handler;
    const parseQuery = queryValidator(route.query);
    const parseBody = route.body && bodyValidator(route.body.schema);
    app.route({
      method: route.method,
      url: fastifyPath(route.path),
      schema: { response: responseSchemas(route) },
      onRequest: async (request) => {
        if (route.access === 'owner') await admit(request, verify);
        if (route.body) requireMediaType(request, route.body.mediaTypes);
      },
      handler: async (request, reply) => {
        const call = {
          userId: request.principal?.userId,
          params: request.params,
          query: parseQuery(request.query),
          body: parseBody?.(request.body),
          header: (name: string) => headerOf(request, name),
        } as Call<Route>; // The validators have proven the parts to be what the table declares.
        refuseImpossibleIds(route, call.params);
        return send(reply, await handler(call));
      },
    });
  }
}

/** Authenticates the caller and compares them with the user of the path: RFC 6750, then 403. */
async function admit(request: FastifyRequest, verify: VerifyAccessToken): Promise<void> {
  const principal = await authenticate(request.raw, verify);
  request.principal = principal;
  const { userId } = request.params as { userId: string }; // Every owner path has it.
  if (userId !== 'me' && userId !== principal.userId) {
    throw new ProblemError('not_your_resource', 'The path names another user.');
  }
}

/** An id that no task can have is that of a task that is not there. */
function refuseImpossibleIds(route: Route, params: Record<string, string>): void {
  for (const [name, schema] of Object.entries(route.params ?? {})) {
    const { pattern } = schema as { pattern?: string };
    if (pattern !== undefined && !new RegExp(pattern, 'u').test(params[name] ?? '')) {
      throw new ProblemError('not_found', 'There is no such task.');
    }
  }
}

function send(reply: FastifyReply, { status, headers = {}, body }: Answer<Route>): FastifyReply {
  reply.code(Number(status)).headers(headers);
  if (body !== undefined) reply.type('application/json; charset=utf-8');
  return reply.send(body);
}

const fastifyPath = (template: string): string => template.replaceAll(/\{(\w+)\}/g, ':$1');

/** What may leave: a member that its schema does not declare is not sent. */
function responseSchemas(route: Route): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(route.responses).flatMap(([status, { schema }]) =>
      schema === undefined ? [] : [[status, schema]],
    ),
  );
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
