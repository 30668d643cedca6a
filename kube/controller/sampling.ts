/** Sets the gauges that grow while nothing happens: ages and waits. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Reflector } from '../watch/reflector.ts';
import type { Controller } from './controller.ts';
import type { ControlMetrics } from './metrics.ts';

const PERIOD_MS = 5_000;

export interface Sampling {
  stop(): void;
}

export interface SamplingOptions {
  readonly reflectors: readonly Pick<Reflector, 'type' | 'stats'>[];
  /** The reflectors and controllers that run at the moment. */
  readonly controllers: () => readonly Pick<Controller, 'name' | 'stats'>[];
  readonly metrics: Pick<ControlMetrics, 'cache' | 'queue'>;
  readonly clock: Pick<Clock, 'after'>;
}

/** Sets the gauges that grow while nothing happens: ages and waits. */
export function startSampling({ reflectors, controllers, metrics, clock }: SamplingOptions): Sampling {
  const sample = (): void => {
    for (const reflector of reflectors) metrics.cache(reflector.type.kind, reflector.stats());
    for (const controller of controllers()) metrics.queue(controller.name, controller.stats());
    cancel = clock.after(PERIOD_MS, sample);
  };
  let cancel = clock.after(PERIOD_MS, sample);
  return { stop: () => cancel() };
}
