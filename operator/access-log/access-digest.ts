/**
 * Collects accesses for the audit log, and bounds what the log gets: the same access is told once and then with a count, and many different ones are told
 * a few at a time. So a flood of refused connections neither fills the stream AUDIT nor delays anything. Holds state, and does no I/O.
 */

/** The same access is told at most once in this time; the next telling counts those in between. */
const TELL_AGAIN_MS = 600_000;
/** Different accesses that wait to be told. Beyond it, accesses are counted together. */
const WAITING_MAX = 2_000;
/** Bound on accesses whose last telling is remembered; beyond it the memory starts anew. */
const REMEMBERED_MAX = 10_000;

export interface Access {
  readonly action: 'CONNECTION_ADMITTED' | 'CONNECTION_ENDED' | 'CONNECTION_REFUSED' | 'STORE_DENIED';
  /** Undefined: the principal belongs to no portfolio, or is not known. */
  readonly portfolio?: string | undefined;
  /** What tells this access from others. */
  readonly details: Readonly<Record<string, string>>;
}

export interface CountedAccess extends Access {
  readonly count: number;
  /** Unix times of the first and the last one. */
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

export interface AccessDigest {
  /** @param count how often it happened; 1 by default */
  take(access: Access, nowMs: number, count?: number): void;
  /** Accesses to be told now, at most `max`, oldest first, and the number of those that were counted together since the last call. */
  due(nowMs: number, max: number): { readonly accesses: readonly CountedAccess[]; readonly uncollectedCount: number };
  /** Takes accesses back that could not be told. */
  putBack(accesses: readonly CountedAccess[]): void;
}

export function makeAccessDigest(): AccessDigest {
  const waiting = new Map<string, CountedAccess>();
  const toldAtMs = new Map<string, number>();
  let uncollectedCount = 0;

  const add = (access: CountedAccess): void => {
    const key = keyOf(access);
    const found = waiting.get(key);
    if (found !== undefined) {
      const firstAtMs = Math.min(found.firstAtMs, access.firstAtMs);
      const lastAtMs = Math.max(found.lastAtMs, access.lastAtMs);
      waiting.set(key, { ...found, count: found.count + access.count, firstAtMs, lastAtMs });
    } else if (waiting.size < WAITING_MAX) waiting.set(key, access);
    else uncollectedCount += access.count;
  };

  return {
    take: (access, nowMs, count = 1) => add({ ...access, count, firstAtMs: nowMs, lastAtMs: nowMs }),
    due(nowMs, max) {
      const isDue = (key: string): boolean => nowMs - (toldAtMs.get(key) ?? Number.NEGATIVE_INFINITY) >= TELL_AGAIN_MS;
      const found = [...waiting].filter(([key]) => isDue(key)).slice(0, max);
      if (toldAtMs.size + found.length > REMEMBERED_MAX) toldAtMs.clear();
      for (const [key] of found) {
        waiting.delete(key);
        toldAtMs.set(key, nowMs);
      }
      const uncollected = uncollectedCount;
      uncollectedCount = 0;
      return { accesses: found.map(([, access]) => access), uncollectedCount: uncollected };
    },
    putBack(accesses) {
      for (const access of accesses) {
        toldAtMs.delete(keyOf(access));
        add(access);
      }
    },
  };
}

function keyOf({ action, details }: Access): string {
  return JSON.stringify([action, Object.entries(details)]);
}
