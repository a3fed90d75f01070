import type { Lease } from '../kept/browser-store.ts';

/** What only one tab does at a time, agreed upon through the browser's store. */
export interface Leases {
  /**
   * Whether this tab has the name now, for so long unless it takes it again; a lease that is not
   * taken again lapses, since its tab is gone or stands still. Throws where nothing can be stored.
   */
  take(name: string, milliseconds: number): Promise<boolean>;
  /** Lets go of a name, if this tab has it. */
  giveBack(name: string): Promise<void>;
}

export interface LeasesOptions {
  changeLease: (
    name: string,
    change: (lease: Lease | undefined) => Lease | undefined,
  ) => Promise<void>;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Unlike any other tab's. */
  holder: string;
}

/** The leases of one tab. */
export function createLeases({ changeLease, now, holder }: LeasesOptions): Leases {
  return {
    async take(name, milliseconds) {
      let mine = false;
      await changeLease(name, (lease) => {
        const time = now();
        // One from far ahead was written before the clock was set back: it would never lapse. The
        // clocks of two tabs can be a little apart.
        const lapsed = !lease || lease.until <= time || lease.until > time + 2 * milliseconds;
        mine = lapsed || lease.holder === holder;
        return mine ? { holder, until: time + milliseconds } : lease;
      });
      return mine;
    },
    giveBack: (name) =>
      changeLease(name, (lease) => (lease?.holder === holder ? undefined : lease)),
  };
}
