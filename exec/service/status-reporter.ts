/** Writes STATUS: soon after a change, a halt's steps at once, and at least every five seconds. */
import { type Clock, type ExecStatus, keys, type KeyValue } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';

const INTERVAL_MS = 5_000;
/** Order flow changes the status hundreds of times a second; readers need it four times. */
const SOON_MS = 250;

export interface StatusReporter {
  /** Something changed; `urgent`: do not wait. */
  changed(urgent: boolean): void;
  stop(): void;
}

export function startStatusReporter(options: {
  readonly bucket: KeyValue;
  readonly portfolio: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly status: () => ExecStatus;
}): StatusReporter {
  const { bucket, clock, logger } = options;
  const key = keys.execStatus(options.portfolio);
  let writing = false;
  let again = false;
  let stopped = false;
  let cancelTimer: () => void = () => undefined;
  let pendingSoon = false;

  async function write(): Promise<void> {
    cancelTimer();
    pendingSoon = false;
    if (writing) {
      again = true;
      return;
    }
    writing = true;
    do {
      again = false;
      await bucket
        .put(key, new TextEncoder().encode(JSON.stringify(options.status())))
        .catch((error: unknown) => logger.debug({ err: error }, 'status could not be written'));
    } while (again);
    writing = false;
    if (!stopped && !pendingSoon) arm(INTERVAL_MS);
  }

  function arm(delayMs: number): void {
    cancelTimer();
    cancelTimer = clock.after(delayMs, () => void write());
  }

  void write();
  return {
    changed(urgent) {
      if (stopped) return;
      if (urgent) {
        void write();
      } else if (!pendingSoon) {
        pendingSoon = true;
        arm(SOON_MS);
      }
    },
    stop() {
      stopped = true;
      again = false;
      cancelTimer();
    },
  };
}
