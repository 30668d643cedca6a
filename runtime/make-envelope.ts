/** Makes the envelope: the fields that every event has. */
import { type Envelope, SCHEMA_VERSION } from '@flotilla/contracts/events/envelope.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';

export interface EnvelopeOptions {
  /** Deterministic, from contracts/values/ids.ts; also the bus's message id. */
  readonly id: string;
  /** Copied from the event that caused this one. An event that enters the system has its own id here. */
  readonly corrId: string;
  /** The message that caused this one. */
  readonly causation?: { readonly stream: string; readonly sequence: number };
  readonly clock: Clock;
  readonly service: string;
  readonly revision: string;
  /** Hash of the policy that applied. */
  readonly policyHash?: string;
}

export function makeEnvelope(options: EnvelopeOptions): Envelope {
  const { causation, policyHash } = options;
  return {
    schemaVersion: SCHEMA_VERSION,
    id: options.id,
    corrId: options.corrId,
    ...(causation === undefined ? {} : { causationId: `${causation.stream}:${causation.sequence}` }),
    time: formatTime(options.clock.nowMs()),
    producer: { service: options.service, revision: options.revision },
    ...(policyHash === undefined ? {} : { policyHash }),
  };
}
