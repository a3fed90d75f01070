import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { request, type User } from '../../support/client.ts';
import { newUser } from '../../support/users.ts';

/** Somebody with a task, and what they would call it by. */
export interface Owner extends User {
  params: Record<string, string>;
}

/** Somebody with tasks, and everything of theirs that another user must not see. */
export interface Victim extends Owner {
  canary: string;
  listETag: string;
  taskETag: string;
  cursor: string;
  idempotencyKey: string;
  /** What no attack brings along: the text and the id of a task that is never asked for. */
  unsaid: string[];
  /** The same with what some attack does bring along, such as the ids of the above. */
  secrets: string[];
}

const api = '/api/users/me/tasks';

/** A user with two tasks, a canary in every text. */
export async function plantVictim(origin: string): Promise<Victim> {
  const user = await newUser(origin);
  const canary = `canary${randomBytes(12).toString('hex')}`;
  const idempotencyKey = `key${randomBytes(12).toString('hex')}`;
  const make = (id: string, headers = {}) =>
    request(origin, api, {
      token: user.token,
      body: { id, title: `${canary} title`, description: `${canary} description` },
      headers,
    });
  const [hidden, known] = [randomUUIDv7(), randomUUIDv7()];
  await make(hidden);
  const keyed = { 'idempotency-key': idempotencyKey };
  await make(known, keyed);
  // An answer with the canary is kept for this key by both operations.
  const { headers } = await request(origin, `${api}/${known}`, {
    method: 'PATCH',
    token: user.token,
    body: { completed: true },
    headers: keyed,
  });
  const list = await request(origin, `${api}?limit=1`, { token: user.token });
  const victim = {
    ...user,
    canary,
    idempotencyKey,
    params: { userId: user.userId, taskId: known },
    taskETag: headers.get('etag') ?? '',
    listETag: list.headers.get('etag') ?? '',
    cursor: list.json.nextCursor as string, // There is a second page.
  };
  const { userId, email, cookie, token, cursor, listETag } = victim;
  const unsaid = [canary, hidden];
  const said = [known, userId, email, cookie, token, cursor, listETag, idempotencyKey];
  return { ...victim, unsaid, secrets: [...unsaid, ...said] };
}

/** A task of the caller's own, for calls that need one. */
export async function withOwnTask(origin: string, user: User): Promise<Owner> {
  const { json } = await request(origin, api, { token: user.token, body: { title: 'My own' } });
  return { ...user, params: { userId: 'me', taskId: json.id } };
}
