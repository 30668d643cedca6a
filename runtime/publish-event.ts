/** Publication of an event: canonical bytes, its id as the bus's message id, type and correlation in the headers. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { EventType } from '@flotilla/contracts/events/catalogue.ts';
import { type Envelope, HEADERS } from '@flotilla/contracts/events/envelope.ts';
import { encodeEvent } from '@flotilla/contracts/events/parse.ts';
import { EVENT_BYTES_MAX } from '@flotilla/contracts/values/limits.ts';
import type { Bus, PublishAck } from '@flotilla/contracts/ports.ts';
import { type Carrier, traceHeadersOf } from './trace/tracing.ts';

/** An event on its way out. */
export interface Outgoing {
  readonly type: EventType;
  readonly subject: string;
  readonly event: Envelope;
  readonly expectedLastSubjectSequence?: { readonly subject: string; readonly sequence: number };
}

/**
 * Resolves when the stream stored the event. `headers` is the carrier of the trace; nothing else of it goes out.
 *
 * @throws FlotillaError `EVENT_TOO_LARGE`, and those of {@link Bus.publish}.
 */
export async function publishEvent(bus: Bus, outgoing: Outgoing & { readonly headers?: Carrier }): Promise<PublishAck> {
  const payload = encodeEvent(outgoing.event);
  // A reader refuses more; poison alone may be larger, because it holds another event whole.
  if (payload.byteLength > EVENT_BYTES_MAX && outgoing.type !== 'poison') {
    throw new FlotillaError(
      'EVENT_TOO_LARGE',
      `expected at most ${EVENT_BYTES_MAX} bytes of ${outgoing.type}, found ${payload.byteLength}`,
    );
  }
  const expected = outgoing.expectedLastSubjectSequence;
  return bus.publish(outgoing.subject, payload, {
    messageId: outgoing.event.id,
    headers: {
      [HEADERS.type]: outgoing.type,
      [HEADERS.corrId]: outgoing.event.corrId,
      ...(outgoing.headers === undefined ? {} : traceHeadersOf(outgoing.headers)),
    },
    ...(expected === undefined ? {} : { expectedLastSubjectSequence: expected }),
  });
}
