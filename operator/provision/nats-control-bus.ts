import { canonicalJson } from '@flotilla/contracts/canonical-json.ts';
import { haltRecordSchema } from '@flotilla/contracts/control/halt.ts';
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import { describeIssues } from '@flotilla/contracts/read-record.ts';
import {
  auditConsumer,
  type BucketName,
  BUCKETS,
  keys,
  normaliserConsumer,
  type StreamName,
  STREAMS,
} from '@flotilla/contracts/streams.ts';
import { subjects } from '@flotilla/contracts/subjects.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { newEnvelope } from '@flotilla/runtime/new-envelope.ts';
import { deleteConsumer, ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { publishEvent } from '@flotilla/runtime/publish-event.ts';
import { parseExecConfig } from '../fleet/exec-config.ts';
import type { ControlBus } from './control-bus.ts';
import { fencedBus } from './fenced-bus.ts';
import { openRecords } from './records.ts';

export interface NatsControlBusOptions {
  readonly bus: NatsBus;
  readonly revision: string;
  /** Who did it, in the audit log. */
  readonly actor: string;
  /** Copies of each stream. */
  readonly replicas: number;
  /** Called right before each write; throws when this process must not write. */
  readonly fence: () => void;
}

/** After this, what was ensured or written is looked at again although the connection never broke. */
const ENSURED_AGE_MS_MAX = 60_000;

export interface NatsControlBus extends ControlBus {
  /** Creates what every tenant has: streams, buckets, the audit and normaliser consumers. Repeating it is harmless. */
  ensureBase(): Promise<void>;
  /** Lets go of the connection, which lives on. */
  close(): void;
}

export function makeNatsControlBus({ bus, revision, actor, replicas, fence }: NatsControlBusOptions): NatsControlBus {
  const config = openRecords(bus, 'CONFIG', fence, { rememberMs: ENSURED_AGE_MS_MAX });
  const control = openRecords(bus, 'CONTROL', fence);
  const fenced = fencedBus(bus, fence);
  /** By stream and name, the definition that was ensured last, and when: a definition that comes back after another one is news again. */
  const ensured = new Map<string, { readonly fingerprint: string; readonly atMs: number }>();
  let baseProblem: string | undefined = 'streams and buckets are not provisioned yet';
  const connection = bus.onConnect(() => {
    ensured.clear();
    config.forget();
  });

  return {
    close: () => connection.unsubscribe(),
    problem: () => (bus.connected() ? baseProblem : `NATS does not answer: ${bus.problem() ?? 'not connected yet'}`),
    async ensureBase() {
      try {
        for (const definition of Object.values(STREAMS)) await ensureStream(fenced, definition, { replicas });
        for (const name of Object.keys(BUCKETS)) await ensureBucket(fenced, name as BucketName, { replicas });
        for (const name of Object.keys(STREAMS)) await ensureConsumer(fenced, auditConsumer(name as StreamName));
        await ensureConsumer(fenced, normaliserConsumer());
        baseProblem = undefined;
      } catch (error) {
        baseProblem = error instanceof Error ? error.message : String(error);
        throw error;
      }
    },
    async ensureConsumer(definition) {
      const fingerprint = canonicalJson(definition);
      const nowMs = bus.clock.monotonicMs();
      const key = `${definition.stream}/${definition.name}`;
      const held = ensured.get(key);
      if (held?.fingerprint === fingerprint && nowMs - held.atMs < ENSURED_AGE_MS_MAX) return;
      // Until the answer, nobody knows which of the two stands.
      ensured.delete(key);
      await ensureConsumer(fenced, definition);
      ensured.set(key, { fingerprint, atMs: nowMs });
    },
    async removeConsumer(stream, name) {
      ensured.delete(`${stream}/${name}`);
      await deleteConsumer(fenced, stream, name);
    },
    readExecConfig: (portfolio) => config.read(keys.execConfig(portfolio), parseExecConfig),
    peekExecConfig: (portfolio) => config.peek(keys.execConfig(portfolio), parseExecConfig),
    writeExecConfig: (execConfig, replaces) => config.replace(keys.execConfig(execConfig.portfolio), execConfig, replaces),
    removeExecConfig: (portfolio) => config.remove(keys.execConfig(portfolio)),
    readHalt: (portfolio) => control.read(keys.halt(portfolio), (bytes) => parseHalt(portfolio, bytes)),
    writeHalt: (record, replaces) => control.replace(keys.halt(record.portfolio), record, replaces),
    async audit(portfolio, id, action, details) {
      const envelope = newEnvelope({ id, corrId: id, clock: bus.clock, service: 'operator', revision });
      const event = { ...envelope, portfolio, action, actor, details };
      await publishEvent(fenced, { type: 'audit.event', subject: subjects.audit(portfolio), event });
    },
  };
}

function parseHalt(portfolio: string, bytes: Uint8Array): ReturnType<typeof haltRecordSchema.parse> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new FlotillaError(
      'EVENT_MALFORMED',
      `expected the halt record of ${portfolio} to be JSON, found ${bytes.byteLength} other bytes`,
      { cause },
    );
  }
  const result = haltRecordSchema.safeParse(value);
  if (result.success) return result.data;
  throw new FlotillaError('EVENT_MALFORMED', `expected a halt record of ${portfolio}, found: ${describeIssues(result.error)}`);
}
