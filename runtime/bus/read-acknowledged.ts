/** Reads everything that a stream holds on a subject, whichever replica answers. */
import type { Bus, StoredMessage } from '@flotilla/contracts/ports.ts';

/**
 * Gives the messages of the stream from `fromSequence` on that match `subject` (wildcards allowed), in order. No message that the stream acknowledged
 * before the call is missing.
 *
 * Costs the leader one request: the leader tells the last sequence on the subject, and any replica that has this message has all before it. The
 * leader reads on where a replica lags.
 *
 * @throws FlotillaError of the bus
 */
export async function* readAcknowledged(
  bus: Pick<Bus, 'read' | 'last'>,
  stream: string,
  { subject, fromSequence }: { readonly subject: string; readonly fromSequence: number },
): AsyncGenerator<StoredMessage> {
  const last = await bus.last(stream, subject, 'LEADER');
  if (last === undefined || last.sequence < fromSequence) return;
  yield* bus.read(stream, { subject, fromSequence, throughSequence: last.sequence, servedBy: 'LEADER' });
}
