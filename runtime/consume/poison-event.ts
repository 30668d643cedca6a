/** Makes the event that keeps a message which no try could handle. */
import { consumerToken } from '@flotilla/contracts/bus/poison-token.ts';
import type { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Poison } from '@flotilla/contracts/events/audit.ts';
import { HEADERS } from '@flotilla/contracts/events/envelope.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import type { Clock, Delivery } from '@flotilla/contracts/ports.ts';
import { subjects } from '@flotilla/contracts/bus/subjects.ts';
import { makeEnvelope } from '../make-envelope.ts';
import type { Outgoing } from '../publish-event.ts';

/** Bound on the kept payload: its base64 and the other fields stay below the bound of an event. */
const PAYLOAD_BYTES_MAX = 360 * 1024;
const ID_PATTERN = /^[A-Za-z0-9_:.-]{1,128}$/;

export interface PoisonOptions {
  readonly delivery: Delivery;
  readonly consumer: string;
  readonly error: FlotillaError;
  /** The larger of two counts: tries of this process, deliveries of the bus. */
  readonly deliveryCount: number;
  readonly clock: Clock;
  readonly service: string;
  readonly revision: string;
}

export function poisonEvent(options: PoisonOptions): Outgoing & { readonly event: Poison } {
  const { delivery, consumer, error } = options;
  const id = sha256(`poison ${delivery.stream} ${consumer} ${delivery.sequence} ${delivery.storedAtMs}`);
  const corrId = delivery.headers[HEADERS.corrId] ?? '';
  const kept = delivery.payload.subarray(0, PAYLOAD_BYTES_MAX);
  const cut = kept.length < delivery.payload.length ? ` (first ${kept.length} of ${delivery.payload.length} bytes kept)` : '';
  const event: Poison = {
    ...makeEnvelope({
      id,
      corrId: ID_PATTERN.test(corrId) ? corrId : id,
      causation: delivery,
      clock: options.clock,
      service: options.service,
      revision: options.revision,
    }),
    stream: delivery.stream,
    consumer: consumer.slice(0, 128),
    sequence: delivery.sequence,
    subject: delivery.subject.slice(0, 256),
    deliveryCount: Math.max(1, options.deliveryCount),
    code: error.code,
    reason: `${error.message.slice(0, 960)}${cut}`,
    payloadBase64: Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength).toString('base64'),
    headers: { ...delivery.headers },
  };
  return { type: 'poison', subject: subjects.poison(delivery.stream, consumerToken(consumer)), event };
}
