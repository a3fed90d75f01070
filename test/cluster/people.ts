import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cookieHeader, signUp } from '../support/client.ts';
import {
  type Client,
  countedTask,
  type Ledger,
  newTally,
  type Person,
  requireSame,
  sendUntilAnswered,
  type Tally,
  workAs,
} from './load.ts';

/** What a person's devices have done, and should be found everywhere. */
interface Done {
  person: Person;
  /** The task on which all devices count, and how often they did. */
  shared: string;
  counted: number;
  ledger: Ledger;
}

/** People at work, each with several devices, and visitors who come, look and leave. */
export interface Load {
  /** Resolves when so many more writes are acknowledged. */
  writes(count: number): Promise<void>;
  /** Lets everybody finish what they are doing. */
  end(): Promise<{ tally: Tally; done: Done[] }>;
}

export async function startLoad(
  origin: string,
  { people, devices }: { people: number; devices: number },
): Promise<Load> {
  const tally = newTally();
  const client = { origin, tally };
  let over = false;
  const isOver = () => over;
  const everybody = await Promise.all(Array.from({ length: people }, () => newPerson(origin)));
  const working = everybody.map(async ({ person, shared }): Promise<Done> => {
    const ledger: Ledger = new Map();
    const counts = await Promise.all(
      Array.from({ length: devices }, () => workAs(client, person, { ledger, shared, isOver })),
    );
    return { person, shared, ledger, counted: counts.reduce((sum, count) => sum + count, 0) };
  });
  const coming = everybody.map(({ person }) => renew(client, person, isOver));
  const all = Promise.all([Promise.all(working), visit(client, isOver), ...coming]);
  return {
    async writes(count) {
      const enough = tally.writes + count;
      // Whoever fails ends the test at once; nobody is done before `end`.
      while (tally.writes < enough) await Promise.race([once(tally.events, 'write'), all]);
    },
    async end() {
      over = true;
      const [done] = await all;
      return { tally, done };
    },
  };
}

async function newPerson(origin: string): Promise<{ person: Person; shared: string }> {
  const name = `Person-${randomBytes(4).toString('hex')}`;
  const { userId, cookie } = await signUp(origin, { name });
  const person = { name, userId, cookie };
  return { person, shared: await countedTask(origin, person) };
}

/** Looks whether the session goes on and gets an access token, as a page does, without a pause. */
async function renew(client: Client, { userId, cookie }: Person, isOver: () => boolean) {
  const headers = { cookie };
  const get = (path: string) => sendUntilAnswered(client, `/api/auth${path}`, { headers }, [200]);
  while (!isOver()) {
    const session = await get('/get-session');
    requireSame(client.tally, session.json?.user.id, userId);
    await get('/token');
  }
}

/** Signs up, in and out, again and again. */
async function visit(client: Client, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const { cookie, token } = await signInAnew(client);
    await sendUntilAnswered(client, '/api/users/me/tasks', { token }, [200]);
    await signOut(client, cookie);
  }
}

/** Signs somebody new up and in. Each step may be sent again. */
export async function signInAnew(client: Client): Promise<{ cookie: string; token: string }> {
  const account = {
    name: 'A visitor',
    email: `visitor-${randomBytes(8).toString('hex')}@example.com`,
    password: randomBytes(12).toString('base64url'),
  };
  await post(client, '/sign-up/email', account);
  const cookie = cookieHeader((await post(client, '/sign-in/email', account)).headers);
  const headers = { cookie };
  const { json } = await sendUntilAnswered(client, '/api/auth/token', { headers }, [200]);
  return { cookie, token: json.token };
}

export async function signOut(client: Client, cookie: string): Promise<void> {
  await post(client, '/sign-out', {}, cookie);
}

function post(client: Client, path: string, body: object, cookie = '') {
  const headers = { origin: client.origin, cookie };
  return sendUntilAnswered(client, `/api/auth${path}`, { body, headers }, [200]);
}
