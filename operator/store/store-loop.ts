/** Keeps the users of the store while this operator leads: at once after each connection and each wake, and again and again. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import { repeatUntilStopped } from '@flotilla/runtime/retry/repeat-until-stopped.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import type { StoreAdmin } from '@flotilla/runtime/store-admin.ts';

/** The longest delay is short, because gateways refuse webhooks until their user is there. */
const RETRY_DELAYS = { firstMs: 100, maxMs: 1_000 } as const;
/** A change by hand is put back within this time. */
const REPEAT_MS = 20_000;

export interface StoreLoopOptions {
  readonly store: StoreAdmin;
  /** Whether it is known which users there should be. When not, a round does nothing, and a wake has to follow. */
  isReady(): boolean;
  /** Brings the users to what should be, once. */
  keepUsers(): Promise<void>;
  /** Asks the store to judge what the users may not do, once. */
  probe(): Promise<void>;
  /** Tells what the store has denied since the last time. */
  tellDenials(): Promise<void>;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
}

export interface StoreLoop {
  /** Begins the next round now. */
  wake(reason: string): void;
  stop(): Promise<void>;
}

/** A bug becomes an unhandled rejection, which ends the process. */
export function startStoreLoop(options: StoreLoopOptions): StoreLoop {
  const { store, clock, rng, logger } = options;
  const converge = (signal: AbortSignal): Promise<void> =>
    retryWithBackOff(
      async () => {
        await options.keepUsers();
        await options.probe();
        await options.tellDenials();
      },
      {
        clock,
        rng,
        logger,
        signal,
        operation: 'keep the users of the store',
        delays: RETRY_DELAYS,
        triesMax: 'untilAborted',
      },
    );

  const loop = repeatUntilStopped(async (signal) => {
    if (options.isReady()) await converge(signal);
    await clock.sleep(REPEAT_MS, signal);
  });
  const stopListening = store.onConnect(() => loop.wake('the connection is new'));

  return {
    wake: (reason) => loop.wake(reason),
    async stop() {
      stopListening();
      await loop.stop();
    },
  };
}
