/** Keeps the streams, buckets and shared consumers of the bus in place while this operator leads. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { TellDrift } from '../drift/drift.ts';
import { repeatUntilStopped } from '@flotilla/runtime/retry/repeat-until-stopped.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import type { NatsControlBus } from './nats-control-bus.ts';

/** The longest delay is short, because no portfolio works before its streams exist. */
const RETRY_DELAYS = { firstMs: 250, maxMs: 1_000 } as const;
/** A deleted stream is created again, and a changed setting is put back, within this time. */
const REPEAT_MS = 20_000;

export interface BaseLoopOptions {
  readonly bus: Pick<NatsControlBus, 'ensureBase'>;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
  /** Called after the first success, and after the first success that follows a failure or a call of `wake`. */
  readonly onProvisioned: () => void;
  /** Takes each setting that another has changed. */
  readonly tellDrift: TellDrift;
}

export interface BaseLoop {
  /** Provisions again now, because the connection is new. */
  wake(): void;
  stop(): Promise<void>;
}

/** Provisions streams, buckets and shared consumers again and again. A bug becomes an unhandled rejection, which ends the process. */
export function startBaseLoop({ bus, clock, rng, logger, onProvisioned, tellDrift }: BaseLoopOptions): BaseLoop {
  let provisioned = false;

  const provision = (signal: AbortSignal): Promise<void> =>
    retryWithBackOff(() => bus.ensureBase(tellDrift), {
      clock,
      rng,
      logger,
      signal,
      operation: 'provision streams, buckets and shared consumers',
      delays: RETRY_DELAYS,
      triesMax: 'untilAborted',
      onProblem(problem) {
        if (problem !== undefined) provisioned = false;
      },
    });

  const loop = repeatUntilStopped(async (signal) => {
    await provision(signal);
    if (!provisioned) {
      logger.info({}, 'streams, buckets and shared consumers are provisioned');
      onProvisioned();
    }
    provisioned = true;
    await clock.sleep(REPEAT_MS, signal);
  });

  return {
    wake() {
      provisioned = false;
      loop.wake('the connection is new');
    },
    stop: () => loop.stop(),
  };
}
