import { randomInt, randomUUID, randomUUIDv7 } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, accessToken, type RequestOptions, request } from '../support/client.ts';

/** How long a client waits before it sends again what was answered 503: it is in a hurry. */
const pauseMs = 100;

/** What the answers were, besides those that were asked for. */
export interface Tally {
  writes: number;
  /** 503 with Retry-After: the request is sent again as it was. */
  unavailable: number;
  /** Anything else, in words. There should be none. */
  unexpected: string[];
  /** Tells of each write, as `write`. */
  events: EventEmitter;
}

export const newTally = (): Tally => ({
  writes: 0,
  unavailable: 0,
  unexpected: [],
  events: new EventEmitter(),
});

function countWrite(tally: Tally): void {
  tally.writes++;
  tally.events.emit('write');
}

export interface Client {
  origin: string;
  tally: Tally;
}

/**
 * Sends a request until it is answered by something else than a 503 with Retry-After. An answer
 * that is not among `expected` is an entry in the tally, and an error.
 */
export async function sendUntilAnswered(
  { origin, tally }: Client,
  path: string,
  options: RequestOptions,
  expected: readonly number[],
): Promise<Answer> {
  for (;;) {
    const answer = await request(origin, path, options);
    if (answer.status === 503 && Number(answer.headers.get('retry-after')) > 0) {
      tally.unavailable++;
      await delay(pauseMs);
      continue;
    }
    if (expected.includes(answer.status)) return answer;
    const what = `${options.method ?? (options.body ? 'POST' : 'GET')} ${path}`;
    const unexpected = `${what}: ${answer.status} ${answer.text}`;
    tally.unexpected.push(unexpected);
    throw new Error(unexpected);
  }
}

/** Somebody with a session. */
export interface Person {
  name: string;
  userId: string;
  cookie: string;
}

/** What a person's acknowledged writes have left, by the ids of tasks. */
export type Ledger = Map<string, { title: string; version: number }>;

/** Titles of a task in which everybody at it counts one up, each time from what it is now. */
const countOf = (title: string): number => Number(title.split(' ').at(-1));

/**
 * Writes and reads as one device of a person, one request after another, until `isOver`. Every
 * write carries what makes it safe to send again. The person's other devices write to other tasks,
 * so that each answer is known beforehand; except the task `shared`, on which they all count.
 *
 * @returns How often it counted.
 */
export async function workAs(
  client: Client,
  person: Person,
  { ledger, shared, isOver }: { ledger: Ledger; shared: string; isOver: () => boolean },
): Promise<number> {
  const tasks = '/api/users/me/tasks';
  const mine: string[] = [];
  let counted = 0;
  let token = await tokenOf(client, person);

  const send = (path: string, options: RequestOptions, expected: readonly number[]) =>
    sendUntilAnswered(client, path, { ...options, token }, expected);
  const keep = ({ json }: Answer) => {
    ledger.set(json.id, { title: json.title, version: json.version });
    countWrite(client.tally);
  };
  const title = () => `${person.name} ${randomUUID()}`;
  const pick = () => mine[randomInt(mine.length)] as string;
  const ifMatch = (id: string) => ({ 'if-match': `"${ledger.get(id)?.version}"` });
  const key = () => ({ 'idempotency-key': randomUUID() });

  const steps = {
    async create() {
      const answer = await send(tasks, { body: { title: title() }, headers: key() }, [201]);
      keep(answer);
      mine.push(answer.json.id);
    },
    async createWithOwnId() {
      const body = { id: randomUUIDv7(), title: title() };
      const answer = await send(tasks, { body }, [201, 409]);
      // Taken can only mean that the first sending arrived: nobody else makes this id.
      keep(answer.status === 201 ? answer : await send(`${tasks}/${body.id}`, {}, [200]));
      mine.push(body.id);
    },
    async change() {
      const id = pick();
      const headers = { ...ifMatch(id), ...key() };
      const body = { title: title() };
      keep(await send(`${tasks}/${id}`, { method: 'PATCH', body, headers }, [200]));
    },
    async remove() {
      const id = pick();
      const headers = { ...ifMatch(id), ...key() };
      await send(`${tasks}/${id}`, { method: 'DELETE', headers }, [204]);
      mine.splice(mine.indexOf(id), 1);
      ledger.delete(id);
      countWrite(client.tally);
    },
    /** Whatever server answers has what another one acknowledged. */
    async read() {
      const id = pick();
      const { json } = await send(`${tasks}/${id}`, {}, [200]);
      requireSame(client.tally, { title: json.title, version: json.version }, ledger.get(id));
    },
    async list() {
      const { json } = await send(`${tasks}?limit=20`, {}, [200]);
      for (const { title: found } of json.data) {
        requireSame(client.tally, found.startsWith(person.name), true);
      }
    },
    async count() {
      const { headers, json } = await send(`${tasks}/${shared}`, {}, [200]);
      const body = { title: `${person.name} ${countOf(json.title) + 1}` };
      const etag = headers.get('etag') ?? '';
      const patch = { method: 'PATCH', body, headers: { 'if-match': etag, ...key() } };
      const { status } = await send(`${tasks}/${shared}`, patch, [200, 412]);
      if (status === 200) counted++;
    },
  };
  for (let n = 0; !isOver(); n++) {
    if (n % 50 === 49) token = await tokenOf(client, person);
    await steps.create();
    await steps.createWithOwnId();
    await steps.change();
    await steps.read();
    await steps.count();
    if (n % 2 === 1) await steps.remove();
    if (n % 4 === 3) await steps.list();
  }
  return counted;
}

/** What was read is what has to be there; anything else is an entry in the tally, and an error. */
export function requireSame(tally: Tally, found: unknown, expected: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  const unexpected = `read ${JSON.stringify(found)} in place of ${JSON.stringify(expected)}`;
  tally.unexpected.push(unexpected);
  throw new Error(unexpected);
}

async function tokenOf(client: Client, { cookie }: Person): Promise<string> {
  const answer = await sendUntilAnswered(client, '/api/auth/token', { headers: { cookie } }, [200]);
  return answer.json.token;
}

/** A task of the person on which `workAs` counts, at zero. */
export async function countedTask(origin: string, { name, cookie }: Person): Promise<string> {
  const token = await accessToken(origin, cookie);
  const answer = await request(origin, '/api/users/me/tasks', {
    token,
    body: { title: `${name} 0` },
  });
  return answer.json.id;
}

/** Every task that one server has of a person, by their ids; and the count of the shared one. */
export async function tasksAt(
  origin: string,
  token: string,
  shared: string,
): Promise<{ tasks: Ledger; counted: number }> {
  const tasks: Ledger = new Map();
  let counted = 0;
  let cursor: string | null = '';
  while (cursor !== null) {
    const path: string = `/api/users/me/tasks?limit=200${cursor && `&cursor=${cursor}`}`;
    const { json } = await request(origin, path, { token });
    for (const { id, title, version } of json.data) {
      if (id === shared) counted = countOf(title);
      else tasks.set(id, { title, version });
    }
    cursor = json.nextCursor;
  }
  return { tasks, counted };
}
