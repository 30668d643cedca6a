/** Bounds how often a controller looks at one key: no sooner than `spacingMs` after the last look began. */
import type { Clock } from '@flotilla/contracts/ports.ts';

export interface KeySpacing {
  /** A look at the key begins. */
  began(key: string): void;
  /** How long the next look has to wait; 0 when it may begin now. */
  waitMs(key: string): number;
}

/** `spacingMs` 0 lets every look begin at once. */
export function makeKeySpacing(clock: Pick<Clock, 'monotonicMs' | 'after'>, spacingMs: number): KeySpacing {
  const restsUntilMs = new Map<string, number>();
  return {
    began(key) {
      if (spacingMs === 0) return;
      const untilMs = clock.monotonicMs() + spacingMs;
      restsUntilMs.set(key, untilMs);
      // A later look has set a later time, which its own timer removes.
      clock.after(spacingMs, () => {
        if (restsUntilMs.get(key) === untilMs) restsUntilMs.delete(key);
      });
    },
    waitMs: (key) => Math.max(0, (restsUntilMs.get(key) ?? 0) - clock.monotonicMs()),
  };
}
