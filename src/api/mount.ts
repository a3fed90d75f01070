import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
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
import { type CarryOut, type Change, type ChangeId, isChange, type Outcome } from './changes.ts';
import { type Encoded, encoderOf } from './encoded.ts';
import type { Principal, UserId } from './principal.ts';
import type { TasksSchema } from './tasks/schema.ts';
import type { VerifyAccessToken } from './tokens/access-token.ts';
import { bodyValidator, queryValidator } from './validate.ts';

/** A request to one operation, authenticated, authorised and parsed. */
export interface Call<R extends Route> {
  /** The caller, who is also the user of the path. */
  userId: R['access'] extends 'owner' ? UserId : undefined;
  /** What the caller's access token proves. */
  principal: R['access'] extends 'owner' ? Principal : undefined;
  params: ParamsOf<R>;
  query: QueryOf<R>;
  body: BodyOf<R>;
  header: (name: string) => string | undefined;
  db: Kysely<TasksSchema>;
}

export interface Answer<R extends Route> {
  status: keyof R['responses'];
  headers?: Record<string, string>;
  body?: ResultOf<R> | Encoded | undefined;
}

type Handler = (call: Call<Route>) => Promise<Answer<Route>>;

/** What an operation that changes nothing does. The compiler asks for one for each of the table. */
export type Handlers = {
  [Id in Exclude<OperationId, ChangeId>]: (call: Call<Routes[Id]>) => Promise<Answer<Routes[Id]>>;
};

export interface Mounting {
  db: Kysely<TasksSchema>;
  verify: VerifyAccessToken;
  carryOut: CarryOut;
  /** Told of a change once it is committed, and not of one that was refused. */
  onCommitted: (change: Change, outcome: Outcome) => void;
}

const contentType = 'application/json; charset=utf-8';

/**
 * Serves every route of the table. Each request passes the same steps in the same order:
 * credential, user of the path, media type, parameters, body; then its handler, or the change.
 */
export function mountRoutes(
  app: FastifyInstance,
  { db, verify, carryOut: carryOutChange, onCommitted }: Mounting,
  handlers: Handlers,
): void {
  // A DELETE is told all by its address (RFC 9110 §9.3.5): its body, as that of a GET, is not read.
  app.addHttpMethod('DELETE', { hasBody: false, overrideExisting: true });
  for (const [id, route] of Object.entries<Route>(routes)) {
    const operation = id as OperationId;
    const headerNames = Object.keys(route.headers ?? {}).map((name) => name.toLowerCase());
    const parseQuery = queryValidator(route.query);
    const parseBody = route.body && bodyValidator(route.body.schema);
    const refuseImpossibleIds = idCheck(route);
    const payloadOf = payloads(route);
    app.route({
      method: route.method,
      url: fastifyPath(route.path),
      // Neither is an async function: what Fastify does with a promise is a part of every request.
      onRequest: (request, _reply, done) => {
        const admitted = admit(request, route, verify);
        if (admitted === undefined) done();
        else {
          admitted.then(
            () => done(),
            (reason: unknown) => done(asError(reason)),
          );
        }
      },
      handler: (request, reply) => {
        const fail = (reason: unknown) => void reply.send(asError(reason));
        let answered: Promise<Answer<Route>>;
        try {
          answered = carryOut(request);
        } catch (error) {
          return fail(error);
        }
        answered
          .then((answer) => {
            // Made at once: what it is made of need not be kept until it is sent.
            const payload = payloadOf(answer);
            // What a person's tasks are made into stays out of every cache: a shared computer has one.
            reply.code(Number(answer.status)).header('cache-control', 'no-store');
            if (answer.headers !== undefined) reply.headers(answer.headers);
            if (payload !== undefined) reply.header('content-type', contentType);
            reply.send(payload);
          })
          .catch(fail);
      },
    });

    function carryOut(request: FastifyRequest): Promise<Answer<Route>> {
      const { principal } = request;
      const params = request.params as Record<string, string>; // Those of the path.
      const query = parseQuery(request.query);
      const body = parseBody?.(request.body);
      refuseImpossibleIds(params);
      if (isChange(operation)) return change(operation, { params, query, body }, request);
      // Each handler takes the call of its own route; the table pairs them by their key.
      const handler = handlers[operation] as unknown as Handler;
      const header = (name: string) => headerOf(request, name);
      const userId = principal?.userId;
      // The validators have proven the parts to be what the table declares.
      return handler({ userId, principal, params, query, body, header, db } as Call<Route>);
    }

    async function change(
      operation: ChangeId,
      parsed: Pick<Change, 'params' | 'query' | 'body'>,
      request: FastifyRequest,
    ): Promise<Answer<Route>> {
      if (request.principal === undefined) throw new Error('A change has no owner.');
      const headers: Change['headers'] = {};
      for (const name of headerNames) headers[name] = headerOf(request, name);
      const { userId } = request.principal;
      const asked: Change = { operation, userId, ...parsed, headers };
      const outcome = await carryOutChange(asked);
      try {
        onCommitted(asked, outcome);
      } catch (error) {
        // What is committed stands, and is answered, whatever becomes of this.
        request.log.error(error, 'What follows from a committed change failed.');
      }
      return outcome.answer;
    }
  }
}

/**
 * Authenticates the caller and compares them with the user of the path (RFC 6750, then 403); then
 * looks at the media type. At once, where the token is known already.
 */
function admit(
  request: FastifyRequest,
  { access, body }: Route,
  verify: VerifyAccessToken,
): void | Promise<void> {
  const admitAs = (principal: Principal | undefined) => {
    request.principal = principal;
    if (principal !== undefined) requireOwner(request, principal);
    if (body) requireMediaType(request, body.mediaTypes);
  };
  if (access !== 'owner') return admitAs(undefined);
  const principal = authenticate(request.raw, verify);
  return principal instanceof Promise ? principal.then(admitAs) : admitAs(principal);
}

function requireOwner(request: FastifyRequest, principal: Principal): void {
  const { userId } = request.params as { userId: string }; // Every owner path has it.
  if (userId !== 'me' && userId !== principal.userId) {
    throw new ProblemError('not_your_resource', 'The path names another user.');
  }
}

/** A check of the path: an id that no task can have is that of a task that is not there. */
function idCheck(route: Route): (params: Record<string, string>) => void {
  const patterns = Object.entries(route.params ?? {}).flatMap(([name, schema]) => {
    const { pattern } = schema as { pattern?: string };
    return pattern === undefined ? [] : [{ name, pattern: new RegExp(pattern, 'u') }];
  });
  return (params) => {
    for (const { name, pattern } of patterns) {
      if (pattern.test(params[name] ?? '')) continue;
      throw new ProblemError('not_found', 'There is no such task.');
    }
  };
}

/** What is sent of the answers of a route: members that the schema of the response declares. */
function payloads({ responses }: Route): (answer: Answer<Route>) => string | Buffer | undefined {
  const encoders = new Map(
    Object.entries(responses).flatMap(([status, { schema }]) =>
      schema === undefined ? [] : [[status, encoderOf(schema)]],
    ),
  );
  return ({ status, body }) => {
    if (body === undefined) return undefined;
    const encode = encoders.get(String(status));
    if (encode === undefined) throw new Error(`The route has no schema for its answer ${status}.`);
    return encode(body).content;
  };
}

/** The reason of a rejection, which Fastify would take for an answer were it no error. */
function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('Something was thrown that is no error.');
}

const fastifyPath = (template: string): string => template.replaceAll(/\{(\w+)\}/g, ':$1');

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
