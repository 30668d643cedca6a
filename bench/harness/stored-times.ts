/** Reads the times at which the bus stored messages, in nanoseconds. Both ends of a measured path use this one clock, without a client. */
import type { Bus } from '@flotilla/contracts';

export interface StoredTime {
  readonly corrId: string;
  readonly storedAtMs: number;
  readonly payload: Uint8Array;
}

/** Reads the messages of `subject` after `afterSequence`. */
export async function storedTimes(
  bus: Bus,
  stream: string,
  subject: string,
  afterSequence: number,
): Promise<{ readonly times: readonly StoredTime[]; readonly lastSequence: number }> {
  const times: StoredTime[] = [];
  let lastSequence = afterSequence;
  for await (const message of bus.read(stream, { subject, fromSequence: afterSequence + 1 })) {
    lastSequence = message.sequence;
    const stamp = message.headers['Nats-Time-Stamp'] ?? '';
    times.push({ corrId: message.headers['Flotilla-Corr-Id'] ?? '', storedAtMs: parseStampMs(stamp), payload: message.payload });
  }
  return { times, lastSequence };
}

/** RFC 3339 with up to nine fraction digits to milliseconds with a fraction. */
export function parseStampMs(stamp: string): number {
  const [, whole = '', fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(stamp) ?? [];
  return Date.parse(`${whole}Z`) + Number(`0.${fraction === '' ? '0' : fraction}`) * 1_000;
}
