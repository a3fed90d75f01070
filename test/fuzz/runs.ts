/**
 * How often a property is tried. FUZZ_RUNS multiplies it, for a longer search. A failure prints
 * the seed and the path that find it again: pass both to `fc.assert`.
 */
export function runs(usual: number): { numRuns: number } {
  const factor = Number(process.env['FUZZ_RUNS'] ?? 1);
  if (!(factor > 0)) throw new Error('FUZZ_RUNS has to be a number: 10 is ten times the usual.');
  return { numRuns: Math.ceil(usual * factor) };
}

/** For tests whose properties are tried that often: Vitest's own limit is for the usual number. */
export const fuzzTimeoutMs = 60_000 * Math.max(1, Number(process.env['FUZZ_RUNS'] ?? 1));
