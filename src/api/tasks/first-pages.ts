import type { EncodedBody } from '../mount.ts';
import type { UserId } from '../principal.ts';

/** All owners' pages together, in bytes: 2 500 pages of 50 ordinary tasks. */
const keptBytesMax = 32 * 1024 * 1024;
/** Of one owner, so that nobody pushes out everybody else. */
const ownerBytesMax = 1024 * 1024;

/**
 * The beginnings of lists as they were last sent, in memory. A page is found by its owner alone, and
 * given out at the version that it was read at and at no other: whoever asks has read the owner's
 * version from the store, so a change by any process is seen.
 */
export interface FirstPages {
  /** Forgets the pages of the owner where they are of another version. */
  find(owner: UserId, version: number, list: string): EncodedBody | undefined;
  /** Keeps a page, and nothing of the owner at another version. */
  keep(owner: UserId, version: number, list: string, page: EncodedBody): void;
}

interface Kept {
  version: number;
  bytes: number;
  pages: Map<string, EncodedBody>;
}

/** An empty memory. Owners whose pages were kept longest ago make room for others. */
export function createFirstPages(max = keptBytesMax, ownerMax = ownerBytesMax): FirstPages {
  const owners = new Map<UserId, Kept>();
  let bytes = 0;

  const forget = (owner: UserId) => {
    bytes -= owners.get(owner)?.bytes ?? 0;
    owners.delete(owner);
  };
  return {
    find(owner, version, list) {
      const kept = owners.get(owner);
      if (kept?.version === version) return kept.pages.get(list);
      forget(owner);
      return undefined;
    },

    keep(owner, version, list, page) {
      const before = owners.get(owner);
      const kept = before?.version === version ? before : { version, bytes: 0, pages: new Map() };
      forget(owner);
      const size = page.bytes.length - (kept.pages.get(list)?.bytes.length ?? 0);
      if (kept.bytes + size <= ownerMax) {
        kept.pages.set(list, page);
        kept.bytes += size;
      }
      owners.set(owner, kept);
      bytes += kept.bytes;
      for (const oldest of owners.keys()) {
        if (bytes <= max) break;
        forget(oldest);
      }
    },
  };
}
