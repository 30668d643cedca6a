/** Publishes an event: canonical bytes, by default the event's id as the bus's message id, type and correlation in the headers. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { EventType } from '@flotilla/contracts/events/catalogue.ts';
import { type Envelope, HEADERS } from '@flotilla/contracts/events/envelope.ts';
import { encodeEvent } from '@flotilla/contracts/events/parse.ts';
import { EVENT_BYTES_MAX } from '@flotilla/contracts/values/limits.ts';
import type { Bus, PublishAck } from '@flotilla/contracts/ports.ts';
import { type Carrier, traceHeadersOf } from './trace/tracing.ts';

/** An event to be published. */
export interface Outgoing {
  readonly type: EventType;
  readonly subject: string;
  readonly event: Envelope;
  /** Default: the id of the event. A stream of several writers needs an id that no other writer can guess. */
  readonly messageId?: string;
  readonly expectedLastSubjectSequence?: { readonly subject: string; readonly sequence: number };
}

/**
 * Resolves when the stream has stored the event. Of `headers`, only the headers of the trace are sent.
 *
 * @throws FlotillaError `EVENT_TOO_LARGE`, and those of {@link Bus.publish}.
 */
export async function publishEvent(bus: Bus, outgoing: Outgoing & { readonly headers?: Carrier }): Promise<PublishAck> {
  const payload = encodeEvent(outgoing.event);
  // A reader refuses a larger event. Only a poison event may be larger, because it contains another event.
  if (payload.byteLength > EVENT_BYTES_MAX && outgoing.type !== 'poison') {
    throw new FlotillaError(
      'EVENT_TOO_LARGE',
      `expected at most ${EVENT_BYTES_MAX} bytes of ${outgoing.type}, found ${payload.byteLength}`,
    );
  }
  const expected = outgoing.expectedLastSubjectSequence;
  return bus.publish(outgoing.subject, payload, {
    messageId: outgoing.messageId ?? outgoing.event.id,
    headers: {
      [HEADERS.type]: outgoing.type,
      [HEADERS.corrId]: outgoing.event.corrId,
      ...(outgoing.headers === undefined ? {} : traceHeadersOf(outgoing.headers)),
    },
    ...(expected === undefined ? {} : { expectedLastSubjectSequence: expected }),
  });
}
