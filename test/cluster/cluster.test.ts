import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { userPolicy } from '../../src/api/limits/limits.ts';
import { accessToken, request } from '../support/client.ts';
import { newUser } from '../support/users.ts';
import { type Cluster, type Member, startCluster } from './cluster.ts';
import { newTally, tasksAt } from './load.ts';
import { type Load, signInAnew, signOut, startLoad } from './people.ts';

/** How often everything is killed and started again: once, and more behind `npm run test:soak`. */
const rounds = Number(process.env['CLUSTER_ROUNDS'] ?? 1);
/** How soon a session that ended is refused everywhere: docs/decisions/0017. */
const revocationMs = 2_000;
const tasksPath = '/api/users/me/tasks';

let cluster: Cluster;
let load: Load | undefined;

beforeAll(async () => {
  cluster = await startCluster({ issuers: 2, apis: 3 });
});
afterAll(async () => {
  // After a failure they are still at it.
  await load?.end().catch(() => undefined);
  await cluster?.stop();
});

const anyOf = (members: readonly Member[]): Member => members[randomInt(members.length)] as Member;

async function killUnderLoad(member: Member, goOn: () => Promise<void>): Promise<void> {
  await member.kill();
  await goOn();
  await member.startAgain();
  await goOn();
}

/** What each API answers to a token. */
const answersTo = (token: string): Promise<number[]> =>
  Promise.all(
    cluster.apis.map(async ({ origin }) => (await request(origin, tasksPath, { token })).status),
  );

/** A session begins, is known at every server, ends, and is refused by every server. */
async function endOneSession(): Promise<void> {
  const client = { origin: cluster.proxy.origin, tally: newTally() };
  const { cookie, token } = await signInAnew(client);
  // The first connections after a restart of the database may be those from before.
  await expect.poll(() => answersTo(token), { timeout: 10_000 }).toEqual([200, 200, 200]);
  await signOut(client, cookie);
  await expect
    .poll(() => answersTo(token), { timeout: revocationMs, interval: 50 })
    .toEqual([401, 401, 401]);
}

test('a request sent to every server at once with one Idempotency-Key is carried out once, and each gives the same answer', async () => {
  const { token } = await newUser(cluster.proxy.origin);
  for (let n = 0; n < 20; n++) {
    const headers = { 'idempotency-key': randomUUID() };
    const sending = { token, headers, body: { title: `Task ${n}` } };
    const answers = await Promise.all(
      cluster.apis.map(({ origin }) => request(origin, tasksPath, sending)),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  }
  const { json } = await request(cluster.apis[0]?.origin ?? '', tasksPath, { token });
  expect(json.data.length).toBe(20);
});

/** The others of the cluster do not count, so that they can be loaded. */
const limited = { RATE_LIMIT: undefined };

test('who guesses a password at one issuer is counted at the other, and refused by both', async () => {
  const one = await cluster.start('issuer', limited);
  const other = await cluster.start('issuer', limited);
  const { email } = await newUser(cluster.proxy.origin);
  const guess = async ({ origin }: Member): Promise<number> => {
    const headers = { origin: cluster.proxy.origin };
    const body = { email, password: 'not the password' };
    return (await request(origin, '/api/auth/sign-in/email', { headers, body })).status;
  };
  const answers: number[] = [];
  for (let n = 0; n < 4; n++) answers.push(await guess(one), await guess(other));
  expect(answers).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
});

test('requests that one server counted are counted at the others, and at itself after it was killed', async () => {
  const one = await cluster.start('api', limited);
  const other = await cluster.start('api', limited);
  const { token } = await newUser(cluster.proxy.origin);
  const sent = 20;
  const remainingAt = async ({ origin }: Member): Promise<number> => {
    const { headers } = await request(origin, tasksPath, { token });
    return Number(/^"user";r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
  };
  const windowNow = () => Math.floor(Date.now() / (userPolicy.windowSeconds * 1000));
  /** Counts begin anew with each window: where one ends meanwhile, this does too. */
  const countsHold = async (): Promise<void> => {
    const window = windowNow();
    for (let n = 0; n < sent; n++) await request(one.origin, tasksPath, { token });
    // Asking counts, too.
    let asked = 0;
    const otherKnows = async () => {
      const remaining = await remainingAt(other);
      asked++;
      return remaining <= userPolicy.quota - sent - asked || windowNow() > window;
    };
    await expect.poll(otherKnows, { timeout: 10_000 }).toBe(true);
    await one.kill();
    await one.startAgain();
    const remaining = await remainingAt(one);
    if (windowNow() > window) return countsHold();
    expect(remaining).toBeLessThan(userPolicy.quota - sent);
  };
  await countsHold();
});

test('while servers and the database are killed and started again, no acknowledged write is lost or doubled, clients see nothing but answers and 503s, and ended sessions are refused everywhere within two seconds', {
  timeout: 240_000 + 60_000 * rounds,
}, async () => {
  const { postgres, apis, issuers, proxy } = cluster;
  const people = await startLoad(proxy.origin, { people: 3, devices: 2 });
  load = people;
  // So much is acknowledged between two blows, however fast the machine.
  const goOn = () => people.writes(40);
  for (let round = 0; round < rounds; round++) {
    await killUnderLoad(anyOf(apis), goOn);
    await endOneSession();
    await killUnderLoad(anyOf(issuers), goOn);

    await postgres.shutDown('fast');
    await postgres.startAgain();
    await goOn();
    await endOneSession();

    const api = anyOf(apis);
    await Promise.all([api.kill(), postgres.shutDown('killed')]);
    await postgres.startAgain();
    await goOn();
    await api.startAgain();
    await endOneSession();
  }
  const { tally, done } = await people.end();
  expect(tally.unexpected).toEqual([]);
  // Else nobody would have been in the way of a blow.
  expect(tally.unavailable).toBeGreaterThan(0);
  for (const { person, shared, ledger, counted } of done) {
    const token = await accessToken(proxy.origin, person.cookie);
    for (const { origin } of apis) {
      expect(await tasksAt(origin, token, shared)).toEqual({ tasks: ledger, counted });
    }
  }
  expect([...apis, ...issuers].filter((member) => member.hasEnded())).toEqual([]);
});
