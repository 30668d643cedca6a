import { canonicalJson } from '@flotilla/contracts/canonical-json.ts';
import { haltRecordSchema } from '@flotilla/contracts/control/halt.ts';
import { FlotillaError } from '@flotilla/contracts/errors.ts';
import { describeIssues } from '@flotilla/contracts/events/parse.ts';
import { auditConsumer, BUCKETS, keys, normaliserConsumer, STREAMS } from '@flotilla/contracts/streams.ts';
import type { BucketName, StreamName } from '@flotilla/contracts/streams.ts';
import { subjects } from '@flotilla/contracts/subjects.ts';
import {
  bucketSubject,
  deleteConsumer,
  ensureBucket,
  ensureConsumer,
  ensureStream,
  type NatsBus,
  newEnvelope,
  openBucket,
  publishEvent,
} from '@flotilla/runtime';
import { parseExecConfig } from '../portfolio/exec-config.ts';
import type { ControlBus } from './control-bus.ts';

export interface NatsControlBusOptions {
  readonly bus: NatsBus;
  readonly revision: string;
  /** Who did it, in the audit log. */
  readonly actor: string;
  /** Copies of each stream. */
  readonly replicas: number;
}

/** Rate at which what was ensured is looked at again although the connection never broke. */
const ENSURED_AGE_MS_MAX = 60_000;

export interface NatsControlBus extends ControlBus {
  /** Creates what every tenant has: streams, buckets, the audit and normaliser consumers. Repeating it is harmless. */
  ensureBase(): Promise<void>;
}

export function makeNatsControlBus({ bus, revision, actor, replicas }: NatsControlBusOptions): NatsControlBus {
  const config = openBucket(bus, 'CONFIG');
  const control = openBucket(bus, 'CONTROL');
  /** When each consumer's definition was last ensured. */
  const ensuredAtMs = new Map<string, number>();
  let baseProblem: string | undefined = 'streams and buckets are not provisioned yet';
  bus.onConnect(() => ensuredAtMs.clear());

  return {
    problem: () => (bus.connected() ? baseProblem : `NATS does not answer: ${bus.problem() ?? 'not connected yet'}`),
    async ensureBase() {
      try {
        for (const definition of Object.values(STREAMS)) await ensureStream(bus, definition, { replicas });
        for (const name of Object.keys(BUCKETS)) await ensureBucket(bus, name as BucketName, { replicas });
        for (const name of Object.keys(STREAMS)) await ensureConsumer(bus, auditConsumer(name as StreamName));
        await ensureConsumer(bus, normaliserConsumer());
        baseProblem = undefined;
      } catch (error) {
        baseProblem = error instanceof Error ? error.message : String(error);
        throw error;
      }
    },
    async ensureConsumer(definition) {
      const fingerprint = canonicalJson(definition);
      const nowMs = bus.clock.monotonicMs();
      const heldAtMs = ensuredAtMs.get(fingerprint);
      if (heldAtMs !== undefined && nowMs - heldAtMs < ENSURED_AGE_MS_MAX) return;
      await ensureConsumer(bus, definition);
      ensuredAtMs.set(fingerprint, nowMs);
    },
    async removeConsumer(stream, name) {
      for (const fingerprint of ensuredAtMs.keys()) if (fingerprint.includes(`"name":"${name}"`)) ensuredAtMs.delete(fingerprint);
      await deleteConsumer(bus, stream, name);
    },
    async readExecConfig(portfolio) {
      const entry = await config.get(keys.execConfig(portfolio));
      return entry === undefined ? undefined : parseExecConfig(entry.value);
    },
    async writeExecConfig(execConfig) {
      await config.put(keys.execConfig(execConfig.portfolio), Buffer.from(canonicalJson(execConfig)));
    },
    async removeExecConfig(portfolio) {
      if ((await config.get(keys.execConfig(portfolio))) === undefined) return;
      const subject = bucketSubject('CONFIG', keys.execConfig(portfolio));
      await bus.publish(subject, new Uint8Array(), { messageId: '', headers: { 'KV-Operation': 'DEL' } });
    },
    async readHalt(portfolio) {
      const entry = await control.get(keys.halt(portfolio));
      return entry === undefined ? undefined : parseHalt(portfolio, entry.value);
    },
    async writeHalt(record) {
      await control.put(keys.halt(record.portfolio), Buffer.from(canonicalJson(record)));
    },
    async audit(portfolio, id, action, details) {
      const envelope = newEnvelope({ id, corrId: id, clock: bus.clock, service: 'operator', revision });
      const event = { ...envelope, portfolio, action, actor, details };
      await publishEvent(bus, { type: 'audit.event', subject: subjects.audit(portfolio), event });
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
