/** The control bus on NATS JetStream. */
import type { HaltRecord } from '@flotilla/contracts/control/halt.ts';
import { type StreamName, STREAMS } from '@flotilla/contracts/bus/streams.ts';
import { auditConsumer, type ConsumerDefinition, normaliserConsumer } from '@flotilla/contracts/bus/consumers.ts';
import { type BucketName, BUCKETS, keys } from '@flotilla/contracts/bus/buckets.ts';
import { subjects } from '@flotilla/contracts/bus/subjects.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { makeEnvelope } from '@flotilla/runtime/make-envelope.ts';
import type { TellDrift } from '../drift/drift.ts';
import { consumerDrift, streamDrifts } from '../drift/stream-drift.ts';
import { ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureBucket, type EnsuredStream, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { publishEvent } from '@flotilla/runtime/publish-event.ts';
import type { ControlBus } from './control-bus.ts';
import { makeEnsuredConsumers } from './ensured-consumers.ts';
import { fencedBus } from './fenced-bus.ts';
import { type HaltReading, readHaltRecord } from './halt-reading.ts';
import { makeHasRun } from './has-run.ts';
import { parseExecConfig } from './parse-exec-config.ts';
import { openRecords } from './records.ts';

export interface NatsControlBusOptions {
  readonly bus: NatsBus;
  readonly revision: string;
  /** Name of this operator in the audit log. */
  readonly actor: string;
  /** Copies of each stream. */
  readonly replicas: number;
  /** Called right before each write; throws when this process must not write. */
  readonly fence: () => void;
}

/** After this time consumers are ensured and records are read again, also on an unbroken connection. */
const ENSURED_AGE_MS_MAX = 60_000;

export interface NatsControlBus extends ControlBus {
  /**
   * Creates what every tenant has: streams, buckets, the audit and normaliser consumers. Repeating it puts back what another has changed, and tells
   * of it. The first call tells only of what cannot be put back, because a new version may have changed a definition.
   */
  ensureBase(tell: TellDrift): Promise<void>;
  /** Removes the listener of the connection. The connection itself stays open. */
  close(): void;
}

export function makeNatsControlBus({ bus, revision, actor, replicas, fence }: NatsControlBusOptions): NatsControlBus {
  const config = openRecords(bus, 'CONFIG', fence, { rememberMs: ENSURED_AGE_MS_MAX });
  const control = openRecords(bus, 'CONTROL', fence);
  const fenced = fencedBus(bus, fence);
  const consumers = makeEnsuredConsumers(fenced, ENSURED_AGE_MS_MAX);
  const hasRun = makeHasRun(bus);
  let baseProblem: string | undefined = 'streams and buckets are not provisioned yet';
  let isBaseKnown = false;
  const connection = bus.onConnect(() => {
    consumers.forget();
    config.forget();
  });

  return {
    close: () => connection.unsubscribe(),
    problem: () => (bus.connected() ? baseProblem : `NATS does not answer: ${bus.problem() ?? 'not connected yet'}`),
    async ensureBase(tell) {
      const tellRepaired: TellDrift = (drift) => {
        if (isBaseKnown) tell(drift);
      };
      const take = (ensured: EnsuredStream): void => {
        for (const drift of streamDrifts(ensured)) (ensured.lasting.length > 0 ? tell : tellRepaired)(drift);
      };
      try {
        for (const definition of Object.values(STREAMS)) take(await ensureStream(fenced, definition, { replicas }));
        for (const name of Object.keys(BUCKETS)) take(await ensureBucket(fenced, name as BucketName, { replicas }));
        for (const definition of sharedConsumers()) {
          const drift = consumerDrift(definition, await ensureConsumer(fenced, definition));
          if (drift !== undefined) tellRepaired(drift);
        }
        await consumers.repair(tell);
        isBaseKnown = true;
        baseProblem = undefined;
      } catch (error) {
        baseProblem = error instanceof Error ? error.message : String(error);
        throw error;
      }
    },
    ensureConsumer: (definition) => consumers.ensure(definition),
    removeConsumer: (stream, name) => consumers.remove(stream, name),
    readExecConfig: (portfolio) => config.read(keys.execConfig(portfolio), parseExecConfig),
    peekExecConfig: (portfolio) => config.peek(keys.execConfig(portfolio), parseExecConfig),
    forgetExecConfig: (portfolio) => config.forget(keys.execConfig(portfolio)),
    writeExecConfig: (execConfig, replaces) => config.replace(keys.execConfig(execConfig.portfolio), execConfig, replaces),
    hasRun,
    async readHalt(portfolio) {
      let reading: HaltReading = { kind: 'absent' };
      const take = (bytes: Uint8Array): HaltRecord | undefined => {
        reading = readHaltRecord(portfolio, bytes);
        return reading.kind === 'record' ? reading.record : undefined;
      };
      await control.read(keys.halt(portfolio), take);
      return reading;
    },
    writeHalt: (record, replaces) => control.replace(keys.halt(record.portfolio), record, replaces),
    async audit(portfolio, id, action, details) {
      const envelope = makeEnvelope({ id, corrId: id, clock: bus.clock, service: 'operator', revision });
      const event = { ...envelope, portfolio, action, actor, details };
      await publishEvent(fenced, { type: 'audit.event', subject: subjects.audit(portfolio), event });
    },
  };
}

/** Consumers that every tenant has. */
function sharedConsumers(): readonly ConsumerDefinition[] {
  return [...Object.keys(STREAMS).map((name) => auditConsumer(name as StreamName)), normaliserConsumer()];
}
