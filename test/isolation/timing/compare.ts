import { randomInt } from 'node:crypto';
import { type Interval, medianInterval } from './median-interval.ts';

const pairsFirst = 1_000;
/** Each look has more pairs than the one before: a noisy machine takes 146 000 before all is told. */
const growth = 1.3;
const looksMax = 20;
/** For each look; over all of them the error is at most `looksMax` times that: 1e-6. */
const alpha = 5e-8;

/**
 * How much longer the one takes than the other, in microseconds: an interval for the median of
 * the differences within pairs, no wider than `width` unless the looks run out. The two of a pair
 * are timed next to each other in an order drawn by lot, so that without a difference between
 * them the sign of each pair is a fair coin, however busy, warm or noisy the machine is.
 */
export async function timeDifference(
  one: (n: number) => Promise<void>,
  other: (n: number) => Promise<void>,
  width: number,
): Promise<Interval> {
  const differences: number[] = [];
  let interval = medianInterval([], alpha);
  for (let look = 0; look < looksMax && interval.high - interval.low > width; look++) {
    while (differences.length < pairsFirst * growth ** look) {
      differences.push(await differenceOf(one, other, differences.length));
    }
    interval = medianInterval(differences, alpha);
  }
  return interval;
}

type Timed = (n: number) => Promise<void>;

async function differenceOf(one: Timed, other: Timed, n: number): Promise<number> {
  if (randomInt(2) === 0) return (await timeOf(one, n)) - (await timeOf(other, n));
  const otherTime = await timeOf(other, n);
  return (await timeOf(one, n)) - otherTime;
}

async function timeOf(work: Timed, n: number): Promise<number> {
  const start = performance.now();
  await work(n);
  return (performance.now() - start) * 1000;
}
