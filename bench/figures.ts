/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = at(sorted, middle);
  return sorted.length % 2 === 1 ? upper : (at(sorted, middle - 1) + upper) / 2;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The smallest value that at least `percent` of all values do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return at(sorted, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1));
}

/** What was measured in turns, as ratios: each against what was measured right beside it. */
export interface Ratio {
  median: number;
  least: number;
  most: number;
}

/** @throws {Error} where the two do not belong together one by one. */
export function ratioOf(measured: readonly number[], against: readonly number[]): Ratio {
  if (measured.length !== against.length) throw new Error('Each round needs both sides.');
  const ratios = measured.map((value, round) => value / at(against, round));
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error('There is nothing to take a figure of.');
  return value;
}
