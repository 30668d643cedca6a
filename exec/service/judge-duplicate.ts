/**
 * Decides what the answer "duplicate" to a publication means. Pure. The bus remembers ids for some minutes, so it may know an id that exec has
 * forgotten.
 *
 * Only the stored message tells whether this instance, an earlier one or another one wrote it. So the writer reads the stored message first.
 */
import { type Envelope, envelopeSchema, orderEventSchema, readRecordBytes, type StoredMessage } from '@flotilla/contracts';

export interface SentEvent {
  readonly subject: string;
  readonly event: Envelope;
  readonly payload: Uint8Array;
  /** Sequence of this instance's own epoch. Earlier instances wrote the messages before it. */
  readonly fenceSequence: number;
}

export type DuplicateVerdict =
  /** This instance stored the message, and the acknowledgement of an earlier try was lost. */
  | { readonly kind: 'OWN' }
  /** An earlier instance gave the same answer before. */
  | { readonly kind: 'EARLIER' }
  /** The leader does not have the message: the writer must ask again. */
  | { readonly kind: 'UNKNOWN'; readonly problem: string }
  /** Another instance writes for the portfolio. */
  | { readonly kind: 'FOREIGN'; readonly problem: string }
  /** An earlier instance stored a different event under this id, so the state of this instance differs from the stream. */
  | { readonly kind: 'CONTRADICTION'; readonly problem: string };

export function judgeDuplicate(sent: SentEvent, stored: StoredMessage | undefined): DuplicateVerdict {
  const { id } = sent.event;
  if (stored === undefined)
    return { kind: 'UNKNOWN', problem: `expected the stored event ${id}, found none under the sequence of the answer` };
  const isSame = stored.subject === sent.subject && Buffer.compare(stored.payload, sent.payload) === 0;
  if (isSame) return { kind: 'OWN' };
  const place = `${stored.subject}, sequence ${stored.sequence}`;
  if (stored.sequence > sent.fenceSequence) {
    return { kind: 'FOREIGN', problem: `expected to be the only writer of event ${id}, found another one of ${place}` };
  }
  const found = readRecordBytes(envelopeSchema, stored.payload);
  if (stored.subject !== sent.subject || !found.ok || found.value.id !== id) {
    return { kind: 'CONTRADICTION', problem: `expected event ${id} of ${sent.subject} in the stream, found ${place}` };
  }
  // A denial changes only counters, so the answer of the earlier instance stands.
  if (statusOf(sent.payload) === 'DENIED') return { kind: 'EARLIER' };
  return { kind: 'CONTRADICTION', problem: `event ${id} was stored by an earlier instance, and this one did not know: ${place}` };
}

function statusOf(payload: Uint8Array): string | undefined {
  const read = readRecordBytes(orderEventSchema.pick({ status: true }), payload);
  return read.ok ? read.value.status : undefined;
}
