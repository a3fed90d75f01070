import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';

/** A part of the comparison, which can be run by itself. */
export interface Row {
  /** As `--only` takes it. */
  name: string;
  run(bench: Bench): Promise<Figure[]>;
}
