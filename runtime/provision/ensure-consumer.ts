/** Creates, updates and deletes durable consumers; only the operator's identity may. */
import { FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import { ACK_WAIT_MS } from '@flotilla/contracts/values/limits.ts';
import type { StreamName } from '@flotilla/contracts/bus/streams.ts';
import type { ConsumerDefinition } from '@flotilla/contracts/bus/consumers.ts';
import type { NatsBus } from '../bus/connect-bus.ts';
import { differencesOf, type SettingDifference, type StreamSettings } from './stream-settings.ts';

const NANOSECONDS_PER_MS = 1_000_000;
/** Bound on waiting pulls: those of the instances of a rolling update, and those of connections that broke a moment ago. */
const WAITING_PULLS_MAX = 64;

interface ConsumerStart {
  readonly deliver_policy: string;
  readonly opt_start_seq?: number;
}

/** What was found and done. */
export interface EnsuredConsumer {
  /** True: the consumer did not exist, and exists now without a place in the stream. */
  readonly wasMissing: boolean;
  /** Settings that were not as defined and are put back. */
  readonly repaired: readonly SettingDifference[];
}

/**
 * Idempotent: an existing consumer keeps its place, and its filters and bounds follow the definition. The consume loop retries, so the consumer has
 * no `max_deliver` and no `backoff`, which would override the acknowledgement window and not apply to nak.
 *
 * @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_NOT_PROVISIONED` (no such stream), `BUS_REFUSED`.
 */
export async function ensureConsumer(bus: NatsBus, definition: ConsumerDefinition): Promise<EnsuredConsumer> {
  const { stream, name } = definition;
  const info = await orUndefined(bus.callApi<{ readonly config: StreamSettings }>(`CONSUMER.INFO.${stream}.${name}`));
  const repaired = info === undefined ? [] : differencesFrom(definition, info.config);
  if (info !== undefined && repaired.length === 0) return { wasMissing: false, repaired };
  const start = info === undefined ? await firstStart(bus, definition) : startOf(info.config);
  await bus.callApi(`CONSUMER.CREATE.${stream}.${name}`, { stream_name: stream, config: consumerSettings(definition, start) });
  return { wasMissing: info === undefined, repaired };
}

/** Settings of an existing consumer that are not as defined. Where the consumer began in the stream does not count. */
function differencesFrom(definition: ConsumerDefinition, found: StreamSettings): readonly SettingDifference[] {
  // JetStream stores a single filter under another name.
  const { filter_subject: filter, ...others } = found;
  const plain = typeof filter === 'string' && filter !== '' ? { ...others, filter_subjects: [filter] } : others;
  return differencesOf(consumerSettings(definition, startOf(found)), plain);
}

function consumerSettings(definition: ConsumerDefinition, start: ConsumerStart): StreamSettings {
  const { name } = definition;
  return {
    name,
    durable_name: name,
    ...start,
    ack_policy: 'explicit',
    ack_wait: (definition.ackWaitMs ?? ACK_WAIT_MS) * NANOSECONDS_PER_MS,
    max_deliver: -1,
    max_ack_pending: definition.maxInFlight,
    max_waiting: WAITING_PULLS_MAX,
    replay_policy: 'instant',
    filter_subjects: definition.filterSubjects,
  };
}

/** Succeeds when the consumer does not exist. @throws FlotillaError `BUS_UNAVAILABLE`, `BUS_REFUSED`. */
export async function deleteConsumer(bus: NatsBus, stream: StreamName, name: string): Promise<void> {
  await orUndefined(bus.callApi(`CONSUMER.DELETE.${stream}.${name}`));
}

function startOf({ deliver_policy, opt_start_seq }: StreamSettings): ConsumerStart {
  const policy = String(deliver_policy);
  return typeof opt_start_seq === 'number' ? { deliver_policy: policy, opt_start_seq } : { deliver_policy: policy };
}

/** The sequence at which a new consumer begins. `deliver_policy: new` does not serve: such a consumer cannot be reset to its acknowledgement floor. */
async function firstStart(bus: NatsBus, definition: ConsumerDefinition): Promise<ConsumerStart> {
  if (definition.deliver === 'all') return { deliver_policy: 'all' };
  const info = await bus.callApi<{ readonly state: { readonly last_seq: number } }>(`STREAM.INFO.${definition.stream}`);
  return { deliver_policy: 'by_start_sequence', opt_start_seq: info.state.last_seq + 1 };
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof FlotillaError && error.code === 'BUS_NOT_PROVISIONED') return undefined;
    throw error;
  }
}
