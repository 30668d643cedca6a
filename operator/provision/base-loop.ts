/** Keeps the streams, buckets and shared consumers of the bus in place while this operator leads. */
import type { Clock, Rng } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import type { NatsControlBus } from './nats-control-bus.ts';

/** The longest delay is short, because no portfolio works before its streams exist. */
const RETRY_DELAYS = { firstMs: 250, maxMs: 1_000 } as const;
/** A deleted stream is created again within this time. */
const REPEAT_MS = 60_000;

export interface BaseLoopOptions {
  readonly bus: Pick<NatsControlBus, 'ensureBase'>;
  readonly clock: Clock;
  readonly rng: Pick<Rng, 'next'>;
  readonly logger: KernelLogger;
  /** Called after the first success, and after the first success that follows a failure or a call of `wake`. */
  readonly onProvisioned: () => void;
}

export interface BaseLoop {
  /** Provisions again now, because the connection is new. */
  wake(): void;
  stop(): Promise<void>;
}

/** Provisions streams, buckets and shared consumers again and again. A bug becomes an unhandled rejection, which ends the process. */
export function startBaseLoop({ bus, clock, rng, logger, onProvisioned }: BaseLoopOptions): BaseLoop {
  const stopping = new AbortController();
  let waking = new AbortController();
  let provisioned = false;

  const provision = (signal: AbortSignal): Promise<void> =>
    retryWithBackOff(() => bus.ensureBase(), {
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

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      const signal = AbortSignal.any([stopping.signal, waking.signal]);
      try {
        await provision(signal);
        if (!provisioned) {
          logger.info({}, 'streams, buckets and shared consumers are provisioned');
          onProvisioned();
        }
        provisioned = true;
        await clock.sleep(REPEAT_MS, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  };
  const running = run();

  return {
    wake() {
      provisioned = false;
      waking.abort(new Error('woken'));
    },
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
  };
}
