/**
 * Keeps the desk informed: by push, which takes milliseconds, and by looks of its own, without which the right to trade expires.
 *
 * A push may get lost and NATS may go away; a look that does not succeed any more closes the gate by itself.
 */
import { type Clock, keys, type KeyValue } from '@flotilla/contracts';
import { HALT_CONFIRMATION_AGE_MS_MAX } from '../gate/gate-state.ts';
import type { HaltDesk } from './halt-desk.ts';

/** As a permit will be asked for (design §7). */
const LOOK_INTERVAL_MS = 500;

/** Half of the time for which a look is good: older, and who is about to trade looks again. */
const FRESH_MS_MAX = HALT_CONFIRMATION_AGE_MS_MAX / 2;

export interface HaltWatch {
  /** Resolves when the last look is recent, or a new one was tried: an outage that is over must not cost an order. */
  freshen(): Promise<void>;
  stop(): void;
}

/** Resolves after the first successful look, which may find no record. */
export async function watchHalt(options: {
  readonly control: KeyValue;
  readonly portfolio: string;
  readonly clock: Clock;
  readonly desk: HaltDesk;
}): Promise<HaltWatch> {
  const { control, clock, desk } = options;
  const key = keys.halt(options.portfolio);
  const stopping = new AbortController();
  const look = async () => {
    const lookedAtMs = clock.monotonicMs();
    const entry = await control.get(key);
    if (!stopping.signal.aborted) desk.onLook(entry?.value, lookedAtMs);
  };
  const keepLooking = async () => {
    while (!stopping.signal.aborted) {
      // A failed look confirms nothing, which is all that there is to do about it.
      await look().catch(() => undefined);
      await clock.sleep(LOOK_INTERVAL_MS, stopping.signal).catch(() => undefined);
    }
  };
  const subscription = await control.watch(key, (entry) => desk.onPush(entry.value));
  await look().catch(() => undefined);
  void keepLooking();
  return {
    async freshen() {
      const confirmedAtMs = desk.confirmedAtMs();
      if (confirmedAtMs !== undefined && clock.monotonicMs() - confirmedAtMs < FRESH_MS_MAX) return;
      await look().catch(() => undefined);
    },
    stop() {
      stopping.abort();
      subscription.unsubscribe();
    },
  };
}
