import { setInterval } from 'node:timers';
import type { Kysely } from 'kysely';
import type { Limiter, Uncounted } from '../api/limits/limiter.ts';
import { bucketOf, userPolicy } from '../api/limits/limits.ts';
import { prepared } from '../db/prepared.ts';
import { type Scope, type Steps, transactSteps } from '../db/steps.ts';
import type { GuardSchema } from './schema.ts';

/** How often counts are exchanged: a restart forgets at most this much of them. */
const exchangeIntervalMs = 1_000;

/**
 * Keeps the counts of limiters in a store, so that neither a restart nor a second process begins
 * anew: each second every limiter hands over what it counted and learns the total of all. Begins
 * with what the store has. While the store is away each process goes on with its own counts.
 */
export async function shareCounts(
  db: Kysely<GuardSchema>,
  limiters: readonly Limiter[],
  onError: (error: unknown) => void,
): Promise<{ close: () => Promise<void> }> {
  for (const limiter of limiters) await readAll(db, limiter);
  const exchangeAll = async () => {
    for (const limiter of limiters) await exchange(db, limiter);
  };
  let exchanging: Promise<void> | undefined;
  const timer = setInterval(() => {
    exchanging ??= exchangeAll()
      .catch(onError)
      .finally(() => {
        exchanging = undefined;
      });
  }, exchangeIntervalMs);
  return {
    close: async () => {
      clearInterval(timer);
      await exchanging;
      await exchangeAll().catch(onError);
    },
  };
}

/** Removes what the store has counted of a user; what a process counts after that begins anew. */
export async function forgetCounts(db: Kysely<GuardSchema>, userId: string): Promise<void> {
  await db.deleteFrom('rate_counts').where('bucket', '=', bucketOf(userPolicy, userId)).execute();
}

async function readAll(db: Kysely<GuardSchema>, limiter: Limiter): Promise<void> {
  const rows = await db
    .selectFrom('rate_counts')
    .select(['bucket', 'period', 'count'])
    .where('period', '>=', currentWindow(limiter))
    .where('bucket', 'like', `${limiter.policy.name} %`)
    .execute();
  for (const { bucket, period, count } of rows) limiter.learn({ bucket, window: period, count });
}

/** Hands over each new count and learns the total. One that does not arrive goes on counting here. */
async function exchange(db: Kysely<GuardSchema>, limiter: Limiter): Promise<void> {
  const taken = limiter.takeUncounted();
  if (taken.length === 0) return;
  const totals = await transactSteps(db, (scope) => addAll(scope, taken, currentWindow(limiter)));
  for (const total of totals) limiter.learn(total);
}

/** The totals of what is counted, with this; what is older than the window before is removed. */
function* addAll(
  scope: Scope<GuardSchema>,
  taken: readonly Uncounted[],
  window: number,
): Steps<Uncounted[]> {
  const totals: Uncounted[] = [];
  for (const counted of taken) {
    const [total] = yield* addCount.step(scope, counted);
    if (total === undefined) throw new Error('A count has no total.');
    totals.push({ ...counted, count: total.count });
  }
  yield* deleteOld.step(scope, { until: window - 1 });
  return totals;
}

const addCount = prepared((db: Kysely<GuardSchema>, { bucket, window, count }: Uncounted) =>
  db
    .insertInto('rate_counts')
    .values({ bucket, period: window, count })
    .onConflict((conflict) =>
      conflict
        .columns(['bucket', 'period'])
        .doUpdateSet((eb) => ({ count: eb('rate_counts.count', '+', count) })),
    )
    .returning('count'),
);

const deleteOld = prepared((db: Kysely<GuardSchema>, { until }: { until: number }) =>
  db.deleteFrom('rate_counts').where('period', '<', until),
);

const currentWindow = ({ policy }: Limiter): number =>
  Math.floor(Date.now() / (policy.windowSeconds * 1000));
