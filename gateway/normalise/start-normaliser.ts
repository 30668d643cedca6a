/** The normaliser's place in the flow: signals.raw in, signals.normalized out, what cannot be read to POISON. */
import { type Bus, type Clock, normaliserConsumer, type NormalizedSignal, type Rng, subjects } from '@flotilla/contracts';
import { type Logger, type Metrics, type RunningConsumer, startConsumer, type Tracing } from '@flotilla/runtime';
import { normalise } from './normalise.ts';

export interface NormaliserOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly revision: string;
}

/**
 * Several messages are under way at once; normalising is synchronous, so they are published in the order in which they came. Only after a
 * failure may a signal come later than its successors.
 */
export function startNormaliser(options: NormaliserOptions): Promise<RunningConsumer> {
  const { stream, name: consumer, maxInFlight } = normaliserConsumer();
  const signalsTotal = options.metrics.counter('gateway_signals_normalized_total', 'Normalized signals by kind', ['kind']);
  const quotesTotal = options.metrics.counter(
    'gateway_quotes_total',
    'Quotes by condition: NORMAL, LOCKED (bid = ask), CROSSED (bid > ask)',
    ['condition'],
  );

  function count(signal: NormalizedSignal): void {
    signalsTotal.inc({ kind: signal.kind });
    if (signal.kind === 'quote') quotesTotal.inc({ condition: signal.condition });
  }

  return startConsumer({
    ...options,
    service: 'gateway',
    operation: 'normalise',
    stream,
    consumer,
    type: 'signals.raw',
    maxInFlight,
    ordering: 'none',
    handle: async (raw, delivery) => {
      const event = normalise(raw, {
        clock: options.clock,
        revision: options.revision,
        stream: delivery.stream,
        sequence: delivery.sequence,
      });
      count(event);
      return [{ type: 'signals.normalized', subject: subjects.signalNormalized(event.venue, event.instrument), event }];
    },
  });
}
