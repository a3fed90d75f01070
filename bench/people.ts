import { randomUUIDv7 } from 'node:crypto';
import { forge } from '../test/support/forge.ts';

/** Somebody who has a page of tasks. */
export interface Person {
  userId: string;
  token: string;
  tasks: { id: string; title: string }[];
}

const tasksOnAPage = 50;
const tokenLifetimeSeconds = 3600;

/** People, with access tokens for the whole run. */
export function people(count: number, secret: string, origin: string): Person[] {
  return Array.from({ length: count }, (_, n) => {
    const userId = `person-${String(n).padStart(6, '0')}`;
    const tasks = Array.from({ length: tasksOnAPage }, (_, task) => ({
      id: randomUUIDv7(),
      title: `Task number ${task} of a whole page`,
    }));
    return { userId, token: tokenOf(userId, secret, origin), tasks };
  });
}

/** An access token as the issuer makes it (docs/access-tokens.md), signed by the shared secret. */
export function tokenOf(userId: string, secret: string, origin: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: origin,
    aud: `${origin}/api`,
    sub: userId,
    sid: `session-of-${userId}`,
    client_id: 'ownlist',
    email: `${userId}@example.com`,
    jti: `token-of-${userId}`,
    iat,
    exp: iat + tokenLifetimeSeconds,
  };
  return forge({ alg: 'HS256', typ: 'at+jwt' }, claims, secret);
}
