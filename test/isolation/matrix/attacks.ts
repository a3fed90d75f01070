import type { OperationId, Route } from '../../../src/contract/routes.ts';
import { routes } from '../../../src/contract/routes.ts';
import type { Sent } from './exchange.ts';
import { foreignHeaders, foreignQuery, identityHeaders, identityNames } from './foreign-values.ts';
import type { Owner, Victim } from './people.ts';
import { type Sample, samples } from './samples.ts';

/** One way to reach for the victim's data through one operation. */
export interface Attack {
  name: string;
  /** Made by somebody with a task of their own, which a call that is let through changes. */
  sentBy: (attacker: Owner) => Sent;
  /** The answers that give nothing away. */
  answers: readonly number[];
}

interface Call {
  params?: Record<string, string>;
  query?: [name: string, value: string][];
  headers?: Record<string, string>;
  body?: Record<string, unknown>;
}

/** Every attack on an operation that its row of the route table gives a place for. */
export function attacksOn(id: OperationId, attackerId: string, victim: Victim): Attack[] {
  const route: Route = routes[id];
  const { succeeds }: Sample = samples[id];
  const attack = (name: string, call: Call, answers: readonly number[]): Attack => ({
    name,
    sentBy: (attacker) => callOf(id, attacker, call),
    answers,
  });
  const inside = [succeeds, 304, 400, 409, 412, 422];
  return [
    ...pathAttacks(route, attackerId, victim).map(({ name, call, answers }) =>
      attack(name, call, answers),
    ),
    ...plainCalls(route).map((query) =>
      attack(`as it stands ${query.join(' ')}`, { query }, [succeeds]),
    ),
    ...queryAttacks(route, victim).map(([name, value]) =>
      attack(`query ${name}=${value}`, { query: [[name, value]] }, inside),
    ),
    ...headerAttacks(route, victim).map(([name, value]) =>
      attack(`header ${name}: ${value}`, { headers: { [name]: value } }, inside),
    ),
    ...bodyAttacks(route, victim).map(([name, value]) =>
      attack(`member ${name}: ${JSON.stringify(value)}`, { body: { [name]: value } }, inside),
    ),
  ];
}

/** A call as the owner makes it, with `call` in the place of what it names. */
export function callOf(id: OperationId, caller: Owner, call: Call = {}): Sent {
  const route: Route = routes[id];
  const { body }: Sample = samples[id];
  const params = { ...caller.params, ...call.params };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`The matrix knows no {${name}}: give the people one.`);
    return value;
  });
  const query = (call.query ?? [])
    .map(([name, value]) => `?${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('');
  return {
    method: route.method,
    path: path + query,
    headers: {
      authorization: `Bearer ${caller.token}`,
      ...(route.body && { 'content-type': route.body.mediaTypes[0] ?? '' }),
      ...call.headers,
    },
    body: route.body && JSON.stringify({ ...body, ...call.body }),
  };
}

/** The victim's path, spelt in several ways, and their ids under the caller's own path. */
function pathAttacks(route: Route, attackerId: string, victim: Victim) {
  const names = Object.keys(route.params ?? {});
  const items = names.filter((name) => name !== 'userId');
  if (!names.includes('userId')) return [];
  const foreign = (which: string[]) =>
    Object.fromEntries(which.map((name) => [name, victim.params[name] ?? '']));
  const spelt = (userId: string, answers: number[], own: string[]) => ({
    name: `path user ${userId} with ${own.length > 0 ? 'own' : 'foreign'} ids`,
    call: { params: { ...foreign(items.filter((name) => !own.includes(name))), userId } },
    answers,
  });
  const { userId } = victim;
  const encoded = [...Buffer.from(userId)].map((byte) => `%${byte.toString(16)}`).join('');
  return [
    ...[[], items].flatMap((own) => [
      spelt(userId, [403], own),
      spelt(encoded, [403], own),
      spelt(userId.toLowerCase(), [403], own),
      ...[`me/../${userId}`, `me%2f..%2f${userId}`, `/${userId}`, `me/${userId}`].map((odd) =>
        spelt(odd, [400, 403, 404], own),
      ),
      ...[`${userId}%00`, `${userId}%20`, `${userId};me`, `me,${userId}`].map((odd) =>
        spelt(odd, [400, 403], own),
      ),
    ]),
    // A child is looked for under its parents: each id alone, then all of them.
    ...[...items.map((name) => [name]), items]
      .filter((which) => which.length > 0)
      .flatMap((which) =>
        ['me', attackerId].map((userId) => ({
          name: `foreign ${which.join(' and ')} under the own path ${userId}`,
          call: { params: { ...foreign(which), userId } },
          answers: [404],
        })),
      ),
  ];
}

/** What anybody may ask, first of all: each filter and order, and the longest page. */
function plainCalls({ query }: Route): [name: string, value: string][][] {
  const { properties = {} } = (query ?? {}) as {
    properties?: Record<string, { enum?: string[]; maximum?: number }>;
  };
  const values = Object.entries(properties).flatMap(([name, { enum: values = [], maximum }]) =>
    [...values, ...(maximum === undefined ? [] : [`${maximum}`])].map((value): [string, string] => [
      name,
      value,
    ]),
  );
  return [[], ...values.map((value) => [value])];
}

function queryAttacks(route: Route, victim: Victim): [string, string][] {
  const declared = foreignQuery(propertiesOf(route.query), victim);
  const undeclared = identityNames.map((name): [string, string] => [name, victim.userId]);
  return [...declared, ...undeclared];
}

function headerAttacks(route: Route, victim: Victim): [string, string][] {
  return [
    ...foreignHeaders(Object.keys(route.headers ?? {}), victim),
    ...identityHeaders(route, victim),
  ];
}

function bodyAttacks(route: Route, victim: Victim): [string, unknown][] {
  if (route.body === undefined) return [];
  const { userId, params } = victim;
  const ids = [userId, ...Object.values(params), { id: userId }, [userId], 1];
  const names = new Set([...propertiesOf(route.body.schema), ...identityNames, 'id', 'version']);
  return [...names].flatMap((name) => ids.map((id): [string, unknown] => [name, id]));
}

function propertiesOf(schema: object | undefined): string[] {
  const { properties = {} } = (schema ?? {}) as { properties?: object };
  return Object.keys(properties);
}
