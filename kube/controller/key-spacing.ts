/** Bounds how often a controller reconciles one key: at least `spacingMs` lie between the starts of two reconciliations. */
import type { Clock } from '@flotilla/contracts/ports.ts';

export interface KeySpacing {
  /** Notes that a reconciliation of the key starts. */
  began(key: string): void;
  /** How long the next reconciliation of the key has to wait; 0 when it may start now. */
  waitMs(key: string): number;
}

/** With `spacingMs` 0, every reconciliation may start at once. */
export function makeKeySpacing(clock: Pick<Clock, 'monotonicMs' | 'after'>, spacingMs: number): KeySpacing {
  const restsUntilMs = new Map<string, number>();
  return {
    began(key) {
      if (spacingMs === 0) return;
      const untilMs = clock.monotonicMs() + spacingMs;
      restsUntilMs.set(key, untilMs);
      // A later start has set a later time, which its own timer removes.
      clock.after(spacingMs, () => {
        if (restsUntilMs.get(key) === untilMs) restsUntilMs.delete(key);
      });
    },
    waitMs: (key) => Math.max(0, (restsUntilMs.get(key) ?? 0) - clock.monotonicMs()),
  };
}
