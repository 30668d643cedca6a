/**
 * Gives message ids that no other principal can use first, for streams that several principals write.
 *
 * A stream remembers the ids of all its writers. A principal that guesses the id of another's message and uses it first makes the bus drop that
 * message as a duplicate.
 */
import { createHmac } from 'node:crypto';
import type { Rng } from '@flotilla/contracts/ports.ts';

const KEY_BYTES = 32;

/**
 * The result turns the id of an event into a message id: 64 hexadecimal digits. The same event has the same message id in this process, so that the bus
 * recognises a message that is sent again. Another process has other message ids.
 */
export function makePrivateMessageIds(rng: Pick<Rng, 'bytes'>): (eventId: string) => string {
  const key = rng.bytes(KEY_BYTES);
  return (eventId) => createHmac('sha256', key).update(eventId).digest('hex');
}
