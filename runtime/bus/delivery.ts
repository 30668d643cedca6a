/** A message of a durable consumer, with the ways to end it. */
import { assert } from '@flotilla/contracts/errors/assert.ts';
import type { Delivery } from '@flotilla/contracts/ports.ts';
import type { Msg } from '@nats-io/nats-core';
import { plainHeaders } from './plain-headers.ts';

const NANOSECONDS_PER_MS = 1_000_000;
const encoder = new TextEncoder();
const ACK = encoder.encode('+ACK');
const WORKING = encoder.encode('+WPI');

export interface NatsDelivery extends Delivery {
  /** Number of this delivery among all of the consumer, redeliveries included. A gap means that a delivery was lost or went to another instance. */
  readonly consumerSequence: number;
}

/**
 * The reply subject has all facts: `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time ns>.<pending>`, with
 * `<domain>.<account>.` behind `$JS.ACK.` in the longer form.
 */
export function toDelivery(message: Msg): NatsDelivery {
  const tokens = (message.reply ?? '').split('.');
  assert(tokens.length >= 9, `expected an acknowledgement subject, found ${message.reply}`);
  const base = tokens.length >= 11 ? 4 : 2;
  const at = (index: number): string => tokens[base + index] ?? '';
  // On a closed connection the acknowledgement is lost and the bus delivers again, as after a crash right before it.
  const respond = (payload: Uint8Array): void => {
    try {
      message.respond(payload);
    } catch {
      return;
    }
  };
  return {
    stream: at(0),
    deliveryCount: Number(at(2)),
    sequence: Number(at(3)),
    consumerSequence: Number(at(4)),
    storedAtMs: Math.floor(Number(at(5)) / NANOSECONDS_PER_MS),
    pending: Number(at(6)),
    subject: message.subject,
    payload: message.data,
    headers: plainHeaders(message.headers),
    ack() {
      respond(ACK);
      return SETTLED;
    },
    nak(delayMs) {
      respond(encoder.encode(`-NAK ${JSON.stringify({ delay: Math.round(delayMs * NANOSECONDS_PER_MS) })}`));
    },
    term(reason) {
      respond(encoder.encode(`+TERM ${reason.replace(/[\r\n]+/g, ' ')}`));
    },
    working() {
      respond(WORKING);
    },
  };
}

const SETTLED = Promise.resolve();
