/** Writes STATUS: soon after a change, at once after a step of a halt, and at least every five seconds. */
import { type Clock, type ExecStatus, keys, type KeyValue } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';

const INTERVAL_MS = 5_000;
/** Shortest time between two reports. Orders change the status hundreds of times a second, and readers need it four times a second. */
const SOON_MS = 250;
/** Delay after a report that could not be stored. Without stored reports exec soon denies increases of risk. */
const RETRY_MS = 1_000;

export interface StatusReporter {
  /** The status has changed. `urgent` writes the report at once. */
  changed(urgent: boolean): void;
  /** Time since exec began the last report that was stored; undefined before the first. */
  ageMs(): number | undefined;
  /** Resolves after the first try. */
  readonly tried: Promise<void>;
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
  let storedMs: number | undefined;

  async function write(): Promise<void> {
    cancelTimer();
    pendingSoon = false;
    if (writing) {
      again = true;
      return;
    }
    writing = true;
    let stored: boolean;
    do {
      again = false;
      stored = await store();
    } while (again);
    writing = false;
    if (!stopped && !pendingSoon) arm(stored ? INTERVAL_MS : RETRY_MS);
  }

  async function store(): Promise<boolean> {
    const begunMs = clock.monotonicMs();
    try {
      await bucket.put(key, new TextEncoder().encode(JSON.stringify(options.status())));
      storedMs = begunMs;
      return true;
    } catch (error) {
      logger.debug({ err: error }, 'status could not be written');
      return false;
    }
  }

  function arm(delayMs: number): void {
    cancelTimer();
    cancelTimer = clock.after(delayMs, () => void write());
  }

  const tried = write();
  return {
    tried,
    ageMs: () => (storedMs === undefined ? undefined : clock.monotonicMs() - storedMs),
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
