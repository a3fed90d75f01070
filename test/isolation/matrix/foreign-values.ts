import type { Route } from '../../../src/contract/routes.ts';
import type { Victim } from './people.ts';

/** Names by which programs take an owner from where none belongs. */
export const identityNames = [
  'userId',
  'user_id',
  'user',
  'uid',
  'owner',
  'ownerId',
  'owner_id',
  'createdBy',
  'assignee',
  'sub',
  'tenant',
  'filter[userId]',
  'where[user_id]',
  'access_token',
  '__proto__',
];

/** The victim's ids as the value of each declared parameter. */
export function foreignQuery(names: string[], victim: Victim): [string, string][] {
  const { userId, params, cursor, listETag } = victim;
  const ids = [...new Set([userId, ...Object.values(params), cursor, listETag])];
  return names.flatMap((name) => ids.map((id): [string, string] => [name, id]));
}

/** What the victim would send in each header that operations read. */
export function foreignHeaders(names: string[], victim: Victim): [string, string][] {
  const known: Record<string, string[]> = {
    'If-Match': [victim.taskETag, victim.listETag, '*'],
    'If-None-Match': [victim.taskETag, victim.listETag, '*'],
    'Idempotency-Key': [victim.idempotencyKey],
    Prefer: ['wait=0'],
  };
  return names.flatMap((name) => {
    const values = known[name];
    if (values === undefined) throw new Error(`The matrix knows no foreign value of ${name}.`);
    return values.map((value): [string, string] => [name, value]);
  });
}

/** Headers by which proxies and frameworks say who calls or what is called; none is believed. */
export function identityHeaders(route: Route, victim: Victim): [string, string][] {
  const { userId, cookie, email } = victim;
  const theirs = route.path.replaceAll(/\{(\w+)\}/g, (_, name) => victim.params[name] ?? '');
  return [
    ['Cookie', cookie],
    ['X-User-Id', userId],
    ['X-User', userId],
    ['X-Owner', userId],
    ['X-Forwarded-User', userId],
    ['X-Remote-User', userId],
    ['X-Auth-Request-User', userId],
    ['X-Forwarded-Email', email],
    ['Impersonate-User', userId],
    ['X-Original-URL', theirs],
    ['X-Rewrite-URL', theirs],
    ['X-HTTP-Method-Override', 'DELETE'],
  ];
}
