/** Keeps the streams, buckets and shared consumers of the bus in place while this operator leads. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { NatsControlBus } from './nats-control-bus.ts';

const RETRY_MS = 500;
/** A deleted stream is created again within this time. */
const REPEAT_MS = 60_000;

export interface BaseLoop {
  /** Provisions again now, because the connection is new. */
  wake(): void;
  stop(): Promise<void>;
}

/** Provisions streams, buckets and shared consumers again and again. Calls `onProvisioned` after the first success and after each recovery. */
export function startBaseLoop(bus: NatsControlBus, clock: Clock, logger: KernelLogger, onProvisioned: () => void): BaseLoop {
  const stopping = new AbortController();
  let waking = new AbortController();
  let provisioned = false;

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      waking = new AbortController();
      try {
        await bus.ensureBase();
        if (!provisioned) {
          logger.info({}, 'streams, buckets and shared consumers are provisioned');
          onProvisioned();
        }
        provisioned = true;
      } catch (error) {
        if (provisioned) logger.warn({ err: error }, 'could not provision the bus; the operator retries');
        provisioned = false;
      }
      const delayMs = provisioned ? REPEAT_MS : RETRY_MS;
      await clock.sleep(delayMs, AbortSignal.any([stopping.signal, waking.signal])).catch(() => undefined);
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
