/** Names one occurrence for the audit log: a leak, an attempt, a change by hand. */
import type { Rng } from '@flotilla/contracts/ports.ts';
import { sha256 } from '@flotilla/contracts/values/ids.ts';

const BYTES = 16;

/** Differs with each call. A name made of a time would be the same for two occurrences in one millisecond, and the bus would drop the second one. */
export function occurrenceId(what: string, rng: Pick<Rng, 'bytes'>): string {
  return sha256(`${what} ${Buffer.from(rng.bytes(BYTES)).toString('hex')}`);
}
