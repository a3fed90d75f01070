import {
  type BodyOf,
  type ParamsOf,
  type QueryOf,
  type ResultOf,
  type Route,
  type Routes,
  routes,
} from '../../../src/contract/routes.ts';
import type { AccessTokens } from '../session/access-tokens.ts';
import { ApiProblem } from './failures.ts';
import type { Send } from './send.ts';

type OwnerOperation = {
  [Id in keyof Routes]: Routes[Id]['access'] extends 'owner' ? Id : never;
}[keyof Routes];

type Member<Name extends string, T> = [T] extends [undefined] ? unknown : { [K in Name]: T };
type Params<R extends Route> = Omit<ParamsOf<R>, 'userId'>;

/** What an operation takes: every part its row of the route table declares, and no other. */
type Input<R extends Route> = Member<'query', QueryOf<R>> &
  Member<'body', BodyOf<R>> &
  ([keyof Params<R>] extends [never] ? unknown : { params: Params<R> }) & {
    ifMatch?: string;
    idempotencyKey?: string;
    waitSeconds?: number;
    signal?: AbortSignal;
  };
type Result<R extends Route> = [ResultOf<R>] extends [never] ? undefined : ResultOf<R>;

/** Calls an operation of the route table as the signed-in user. */
export type Api = <Id extends OwnerOperation>(
  id: Id,
  input: Input<Routes[Id]>,
) => Promise<Result<Routes[Id]>>;

export interface ApiOptions {
  send: Send;
  tokens: Pick<AccessTokens, 'get' | 'renew' | 'end'>;
  /** Aborts whatever is under way when the user is gone. */
  signal: AbortSignal;
}

interface LooseInput {
  query?: Record<string, unknown>;
  body?: unknown;
  params?: Record<string, string>;
  ifMatch?: string;
  idempotencyKey?: string;
  waitSeconds?: number;
  signal?: AbortSignal;
}

/** The token at hand, one that another tab was given before the session ended, and a fresh one. */
const attemptsMax = 3;

/**
 * A rejected token is renewed and the request sent again, at most twice. When the session is over, every call
 * throws SessionEnded, without a request, until the same user has signed in again; nothing is ever
 * sent on behalf of another.
 */
export function createApi({ send, tokens, signal }: ApiOptions): Api {
  async function attempt(route: Route, input: LooseInput): Promise<unknown> {
    let token = await tokens.get();
    for (let attempts = 1; ; attempts++) {
      try {
        return await sendWith(token, route, input);
      } catch (error) {
        if (!isUnauthorized(error)) throw error;
        if (attempts === attemptsMax) throw tokens.end();
      }
      token = await tokens.renew(token);
    }
  }

  function sendWith(token: string, route: Route, input: LooseInput): Promise<unknown> {
    const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
    const mediaType = route.body?.mediaTypes[0];
    if (mediaType !== undefined) headers['Content-Type'] = mediaType;
    if (input.ifMatch !== undefined) headers['If-Match'] = input.ifMatch;
    if (input.idempotencyKey !== undefined) headers['Idempotency-Key'] = input.idempotencyKey;
    return send({
      method: route.method,
      path: pathOf(route, input),
      headers,
      body: input.body,
      cookies: false,
      waitSeconds: input.waitSeconds,
      signal: input.signal ? AbortSignal.any([input.signal, signal]) : signal,
    });
  }

  return async function call<Id extends OwnerOperation>(id: Id, input: Input<Routes[Id]>) {
    // The route table promises this type for the success body; the server checks it there.
    return (await attempt(routes[id], input as LooseInput)) as Result<Routes[Id]>;
  };
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.status === 401;
}

/** The path of an operation for the caller (`me`), with its parameters and query filled in. */
export function pathOf(route: Pick<Route, 'path'>, input: LooseInput): string {
  const values: Partial<Record<string, string>> = { userId: 'me', ...input.params };
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size > 0 ? `${path}?${query}` : path;
}
