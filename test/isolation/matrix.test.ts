import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OperationId, type Route, routes } from '../../src/contract/routes.ts';
import type { User } from '../support/client.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { freshStore } from '../support/store.ts';
import { newUser } from '../support/users.ts';
import { type Attack, attacksOn, callOf } from './matrix/attacks.ts';
import { exchange, type Sent } from './matrix/exchange.ts';
import { plantVictim, type Victim, withOwnTask } from './matrix/people.ts';
import { type Sample, samples } from './matrix/samples.ts';
import { tracesOf } from './matrix/traces.ts';
import { type StoredRows, storedRows } from './stored-rows.ts';

const operations = Object.keys(routes) as OperationId[];

let server: RunningServer;
let rows: StoredRows;
let victim: Victim;

beforeAll(async () => {
  const store = await freshStore();
  server = await startServer({ store });
  rows = await storedRows(store, server);
  victim = await plantVictim(server.origin);
});
afterAll(async () => {
  await rows?.close();
  await server?.stop();
});

/** What an answer gives away of the victim, besides what the request itself brought along. */
function leaks(sent: Sent, bytes: string): string[] {
  const brought = decodeURIComponent(JSON.stringify(sent)).toLowerCase();
  return victim.secrets
    .filter((secret) => !brought.includes(JSON.stringify(secret).slice(1, -1).toLowerCase()))
    .flatMap((secret) => tracesOf(secret, bytes).map((how) => `${secret} as ${how}`));
}

async function findingsOf(attack: Attack, attacker: User, before: string): Promise<string[]> {
  const sent = attack.sentBy(await withOwnTask(server.origin, attacker));
  const { status, bytes } = await exchange(server.origin, sent);
  const changed = (await rows.of(victim.userId)) !== before;
  return [
    ...(attack.answers.includes(status) ? [] : [`answered ${status}`]),
    ...(changed ? ["changed the victim's data"] : []),
    ...leaks(sent, bytes).map((leak) => `gave away ${leak}`),
  ].map((finding) => `${attack.name}: ${finding}`);
}

test('every operation of the route table is in the matrix', () => {
  expect(Object.keys(samples).toSorted()).toEqual(operations.toSorted());
});

// Closes, of the threats to isolation: "counts, suggestions, search or dashboards leak although
// every CRUD test passes", "owner filter overwritten by a user's filter", "ids in the body trusted
// (mass assignment)" and "a child row loaded by its own id, only the parent checked".
describe("a user who reaches for another's data", () => {
  test.each(operations)('gets nothing of it and changes nothing of it by %s', async (id) => {
    const attacker = await newUser(server.origin);
    const before = await rows.of(victim.userId);
    expect(before).toContain(victim.canary);
    const findings: string[] = [];
    for (const attack of attacksOn(id, attacker.userId, victim)) {
      findings.push(...(await findingsOf(attack, attacker, before)));
    }
    expect(findings).toEqual([]);
    const own = await rows.of(attacker.userId);
    for (const secret of victim.unsaid) expect(tracesOf(secret, own)).toEqual([]);
  });
});

// Were these refused or empty too, the refusals above would prove nothing.
describe('the owner', () => {
  const samplesOf: Record<OperationId, Sample> = samples;

  test.each(operations)('is served by the same call of %s', async (id) => {
    const own = await plantVictim(server.origin);
    const { status, bytes } = await exchange(server.origin, callOf(id, own));
    expect(status).toBe(samplesOf[id].succeeds);
    expect(tracesOf(own.canary, bytes)).toEqual(
      samplesOf[id].shows ? ['plain', 'percent', 'JSON'] : [],
    );
  });
});

describe('the search for a secret finds it', () => {
  const secret = 'canary0123456789';
  test.each([
    ['as it stands', `x${secret}y`],
    ['in other case', secret.toUpperCase()],
    ['in hex', Buffer.from(`x${secret}`).toString('hex')],
    ...[0, 1, 2].map((n) => [
      `in base64, ${n} bytes in`,
      Buffer.from(`${'~'.repeat(n)}${secret}~~`).toString('base64url'),
    ]),
  ])('%s', (_, bytes) => {
    expect(tracesOf(secret, bytes)).not.toEqual([]);
  });
});

test('an operation whose path, header or body has a place for ids is attacked there', () => {
  for (const id of operations) {
    const route: Route = routes[id];
    const places = attacksOn(id, 'me', victim).map(({ name }) => name.split(' ', 1)[0]);
    const expected = [
      ...(route.access === 'owner' ? ['path'] : []),
      ...(Object.keys(route.params ?? {}).length > 1 ? ['foreign'] : []),
      ...(route.body ? ['member'] : []),
      'as',
      'query',
      'header',
    ];
    expect([...new Set(places)].toSorted()).toEqual(expected.toSorted());
  }
});
