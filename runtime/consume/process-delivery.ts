/** Processes one message once: validate, handle, publish the results with awaited acknowledgement. The caller settles the message. */
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { EventType } from '@flotilla/contracts/events/catalogue.ts';
import { HEADERS } from '@flotilla/contracts/events/envelope.ts';
import { parseEvent } from '@flotilla/contracts/events/parse.ts';
import type { Delivery } from '@flotilla/contracts/ports.ts';
import { publishEvent } from '../publish-event.ts';
import { makeUnknownFieldsReport } from '../report-unknown-fields.ts';
import type { Carrier } from '../trace/tracing.ts';
import type { ConsumerOptions, HandleContext } from './consumer-options.ts';

export type Outcome =
  | { readonly kind: 'done' }
  /** A bug or a lost fence: the loop must end. */
  | { readonly kind: 'fatal'; readonly error: Error }
  | { readonly kind: 'failed'; readonly error: FlotillaError };

export type ProcessDelivery = (delivery: Delivery) => Promise<Outcome>;

export function makeProcessDelivery<T extends EventType>(options: ConsumerOptions<T>): ProcessDelivery {
  const { bus, logger, metrics, tracing, service, consumer, clock } = options;
  const operation = options.operation ?? consumer;
  const delay = metrics.histogram('consume_delay_seconds', 'From stored on the bus to the begin of handling, by two wall clocks', [
    'operation',
  ]);
  const pending = metrics.gauge('consume_pending_messages', 'Messages that waited behind the last one handled', ['operation']);
  const reportUnknownFields = makeUnknownFieldsReport({ metrics, service, logger });

  const processOnce = async (delivery: Delivery, carrier: Carrier) => {
    const type = typeof options.type === 'function' ? options.type(delivery.subject) : options.type;
    const { event, unknownFields } = parseEvent(type, delivery.payload);
    reportUnknownFields(type, unknownFields);
    const context: HandleContext = {
      carrier,
      get logger() {
        return logger.child({ corr_id: delivery.headers[HEADERS.corrId] ?? event.corrId });
      },
    };
    const outgoing = await options.handle(event, delivery, context);
    const first = outgoing[0];
    if (first === undefined) return;
    if (outgoing.length === 1) await publishEvent(bus, { ...first, headers: carrier });
    else await Promise.all(outgoing.map((each) => publishEvent(bus, { ...each, headers: carrier })));
  };

  return async (delivery) => {
    const startMs = clock.monotonicMs();
    delay.observe({ operation }, Math.max(0, clock.nowMs() - delivery.storedAtMs) / 1_000);
    pending.set({ operation }, delivery.pending);
    try {
      await tracing.span(operation, delivery.headers, (carrier) => processOnce(delivery, carrier));
      return { kind: 'done' };
    } catch (error) {
      return toOutcome(error);
    } finally {
      metrics.processingDuration.observe({ operation }, (clock.monotonicMs() - startMs) / 1_000);
    }
  };
}

/** An error without a code is a bug: no adapter throws one for an outage, and a retry would only hide the bug. */
function toOutcome(error: unknown): Outcome {
  if (error instanceof FlotillaError) return error.code === 'FENCED' ? { kind: 'fatal', error } : { kind: 'failed', error };
  if (error instanceof AssertionError) return { kind: 'fatal', error };
  const found = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {
    kind: 'fatal',
    error: new AssertionError(`expected a handler to throw operating errors alone, found ${found}`, { cause: error }),
  };
}
