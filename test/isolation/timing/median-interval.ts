export interface Interval {
  low: number;
  high: number;
}

/**
 * An interval that holds the median of what `samples` are drawn from, except with probability
 * `alpha` at most, whatever the distribution: the sign test turned round. Fewer than r of n
 * samples lie below the median with the probability that n fair coins show fewer than r heads,
 * which Hoeffding bounds by exp(-2 t²/n) for r = n/2 - t (https://doi.org/10.2307/2282952, theorem 2).
 */
export function medianInterval(samples: readonly number[], alpha: number): Interval {
  const n = samples.length;
  const sorted = samples.toSorted((a, b) => a - b);
  const margin = Math.sqrt((n * Math.log(2 / alpha)) / 2);
  const rank = Math.floor(n / 2 - margin);
  if (rank < 1) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  // The rank-th smallest and the rank-th largest.
  return { low: sorted[rank - 1] ?? Number.NaN, high: sorted[n - rank] ?? Number.NaN };
}
