/** One line of the result. */
export interface Figure {
  what: string;
  /** What it is compared with, or how it is meant; "of the limit". */
  against: string;
  value: number;
  unit: '×' | '%' | 'ms' | 'KB' | 'MB';
  /** Over the rounds. */
  least?: number;
  most?: number;
  /** How many times as much processor time the other server spends on a request. */
  cpu?: number;
  /** The share of its core that the other server used. */
  otherBusy?: number;
  target?: Target;
  /** False where other programs were at work on the machine. */
  isQuiet?: boolean;
  /** The share of the processor time that other guests of the same hardware had meanwhile. */
  stolen?: number;
}

export type Target = { atLeast: number } | { atMost: number };

/** Below this share of its core, a server was not what limited its side of a comparison. */
const busyLeast = 0.9;

/** Above this share, what was measured is others, too. */
const stolenMost = 0.05;

/** Whether others of the same hardware had so much of it that nothing is sure. */
export function isRobbed({ stolen = 0 }: Pick<Figure, 'stolen'>): boolean {
  return stolen > stolenMost;
}

/** Whether a server had too little to do: the load, or other programs, were the limit. */
export function isStarved({ otherBusy = 1 }: Pick<Figure, 'otherBusy'>): boolean {
  return otherBusy < busyLeast;
}

/** Whether a figure reaches its target; undefined where it has none. */
export function reaches({ value, target }: Pick<Figure, 'value' | 'target'>): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
