import type { Kysely } from 'kysely';
import {
  type BodyOf,
  type OperationId,
  type ParamsOf,
  type Route,
  type Routes,
  routes,
} from '../contract/routes.ts';
import type { Scope, Steps } from '../db/steps.ts';
import { ownerSteps } from './as-owner.ts';
import { type Done, onceForEachKey } from './idempotency.ts';
import type { Answer } from './mount.ts';
import type { UserId } from './principal.ts';
import type { TasksSchema } from './tasks/schema.ts';

/** The operations that change something. */
export type ChangeId = {
  [Id in OperationId]: Routes[Id]['method'] extends 'GET' ? never : Id;
}[OperationId];

export const isChange = (operation: OperationId): operation is ChangeId =>
  routes[operation].method !== 'GET';

/** A request for a change, authorised and parsed: nothing but data, so that a thread can have it. */
export interface Change {
  operation: ChangeId;
  userId: UserId;
  params: Record<string, string>;
  query: unknown;
  body: unknown;
  /** Those that its route lists, by their names in small letters. */
  headers: Record<string, string | undefined>;
}

export type Outcome = Done<Answer<Route>>;

/** Carries out a change. Resolved means committed. @throws {ProblemError} for one that is refused. */
export type CarryOut = (change: Change) => Promise<Outcome>;

/** What a change is made of. */
export interface ChangeCall<R extends Route> {
  userId: UserId;
  params: ParamsOf<R>;
  body: BodyOf<R>;
  header: (name: string) => string | undefined;
}

/** What a change does, as steps of a transaction of the caller. Where it throws, nothing is changed. */
type Handler<R extends Route> = (
  scope: Scope<TasksSchema>,
  call: ChangeCall<R>,
) => Steps<{ answer: Answer<R>; version: number }>;

/** What an operation changes. The compiler asks for one for each of the table. */
export type ChangeHandlers = { [Id in ChangeId]: Handler<Routes[Id]> };

/** The header by which a change is carried out once for each key. */
const keyHeader = 'idempotency-key';

/** Carries out changes on this store: once for each key, where a request has one. */
export function changesOn(db: Kysely<TasksSchema>, handlers: ChangeHandlers): CarryOut {
  const once = onceForEachKey(db);
  return (change) => {
    const { operation, userId, params, body, headers } = change;
    // Each handler takes the call of its own route; the table pairs them by their key.
    const handler = handlers[operation] as unknown as Handler<Route>;
    const header = (name: string) => headers[name];
    const call = { userId, params, body, header } as ChangeCall<Route>; // Validated for that route.
    const steps = (scope: Scope<TasksSchema>) => handler(scope, call);
    const key = headers[keyHeader];
    return key === undefined
      ? ownerSteps(db, userId, steps)
      : once({ owner: userId, operation, key, meaning: meaningOf(change) }, steps);
  };
}

/** Everything that decides what a change means; `me` means the caller's own id. */
function meaningOf({ operation, userId, params, query, body, headers }: Change): unknown {
  const { headers: listed = {} }: Route = routes[operation];
  const names = Object.keys(listed).filter((name) => name.toLowerCase() !== keyHeader);
  const conditions = names.map((name) => [name, headers[name.toLowerCase()]]);
  return { params: { ...params, userId }, query, body, headers: conditions };
}
