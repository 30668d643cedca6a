/**
 * Keeps the account halt informed: by push, which takes milliseconds, and by looks of its own, without which the right to trade expires.
 *
 * Every look reads from the leader of the bucket's stream, so none confirms a record that a newer one has replaced. A push may get lost and
 * the bus may be away: when no look succeeds any more, the gate closes by itself.
 */
import { type Clock, FlotillaError, keys, type KeyValue } from '@flotilla/contracts';
import { HALT_CONFIRMATION_AGE_MS_MAX } from '../gate/gate-state.ts';
import type { AccountHalt } from './account-halt.ts';

const LOOK_INTERVAL_MS = 500;

/** Half of the time for which a look is good: when the last one is older, exec looks again before it trades. */
const FRESH_MS_MAX = HALT_CONFIRMATION_AGE_MS_MAX / 2;

export interface HaltWatch {
  /** Resolves when the last look is recent, or a new one was tried: an outage that is over must not cost an order. */
  freshen(): Promise<void>;
  stop(): void;
}

/** `control` reads from the leader. Resolves after the first successful look, which may find no record. */
export async function watchHalt(options: {
  readonly control: KeyValue;
  readonly portfolio: string;
  readonly clock: Clock;
  readonly halt: AccountHalt;
}): Promise<HaltWatch> {
  const { control, clock, halt } = options;
  const watch = await control.watch(keys.halt(options.portfolio), () => undefined, {
    onLook: (begunMs, entry) => halt.onLook(entry?.value, begunMs),
    pollMs: LOOK_INTERVAL_MS,
  });
  const isFresh = () => {
    const confirmedAtMs = halt.confirmedAtMs();
    return confirmedAtMs !== undefined && clock.monotonicMs() - confirmedAtMs < FRESH_MS_MAX;
  };
  return {
    async freshen() {
      if (isFresh()) return;
      try {
        await watch.look();
      } catch (error) {
        // A look that failed confirms nothing, so the gate closes by itself.
        if (!(error instanceof FlotillaError)) throw error;
      }
    },
    stop: () => watch.unsubscribe(),
  };
}
