/** NATS with everything that the operator provisions for a portfolio, for integration tests of exec. */
import {
  type Bus,
  type ExecConfig,
  execConsumer,
  type ExecSnapshot,
  execSnapshotSchema,
  type ExecStatus,
  execStatusSchema,
  type Fill,
  type HaltRecord,
  keys,
  type NormalizedSignal,
  type OrderEvent,
  type OrderIntent,
  parseEvent,
  type Reconcile,
  STREAMS,
  subjects,
} from '@flotilla/contracts';
import { type NatsBus, openBucket, publishEvent } from '@flotilla/runtime';
import { ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openIdentityBus, openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { configFixture, haltFixture, PORTFOLIO, STRATEGY } from './fixtures.ts';

export interface ExecWorld {
  readonly nats: NatsServer;
  /** A connection with every right. */
  readonly bus: NatsBus;
  /** Asks exec as the command line does. */
  readonly commandLineBus: NatsBus;
  setConfig(config: ExecConfig): Promise<void>;
  setHalt(record: HaltRecord): Promise<void>;
  publishMarket(signal: NormalizedSignal): Promise<void>;
  publishIntent(intent: OrderIntent, subjectStrategy?: string): Promise<void>;
  orderEvents(): Promise<readonly OrderEvent[]>;
  /** Stream sequence of the last order event of the strategy; grows with every event. */
  lastOrderSequence(): Promise<number>;
  fills(): Promise<readonly Fill[]>;
  reconciles(): Promise<readonly Reconcile[]>;
  status(): Promise<ExecStatus | undefined>;
  /** Undefined when no exec answers. */
  snapshot(): Promise<ExecSnapshot | undefined>;
  stop(): Promise<void>;
}

/** Streams, buckets, the consumer, a configuration and a RELEASED halt record. */
export async function startExecWorld(config: ExecConfig = configFixture()): Promise<ExecWorld> {
  const nats = await startNatsServer();
  const bus = await openTestBus({ url: nats.url });
  const commandLineBus = await openIdentityBus(nats, { role: 'Reader' });
  for (const definition of Object.values(STREAMS)) await ensureStream(bus, definition, { replicas: 1 });
  for (const bucket of ['CONFIG', 'CONTROL', 'STATUS', 'EXEC_CHECKPOINTS'] as const) await ensureBucket(bus, bucket, { replicas: 1 });
  await ensureConsumer(bus, execConsumer(PORTFOLIO));
  const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const world: ExecWorld = {
    nats,
    bus,
    commandLineBus,
    async setConfig(value) {
      await openBucket(bus, 'CONFIG').put(keys.execConfig(PORTFOLIO), encode(value));
    },
    async setHalt(record) {
      await openBucket(bus, 'CONTROL').put(keys.halt(PORTFOLIO), encode(record));
    },
    async publishMarket(signal) {
      await publishEvent(bus, {
        type: 'signals.normalized',
        subject: subjects.signalNormalized(signal.venue, signal.instrument),
        event: signal,
      });
    },
    async publishIntent(intent, subjectStrategy = intent.strategy) {
      await publishEvent(bus, { type: 'decisions.order_intent', subject: subjects.orderIntent(PORTFOLIO, subjectStrategy), event: intent });
    },
    orderEvents: () => readAll(bus, `executions.order.${PORTFOLIO}.*`, (payload) => parseEvent('executions.order', payload).event),
    lastOrderSequence: async () => (await bus.last('EXECUTIONS', subjects.order(PORTFOLIO, STRATEGY)))?.sequence ?? 0,
    fills: () => readAll(bus, `executions.fill.${PORTFOLIO}.*`, (payload) => parseEvent('executions.fill', payload).event),
    reconciles: () => readAll(bus, subjects.reconcile(PORTFOLIO), (payload) => parseEvent('executions.reconcile', payload).event),
    async status() {
      const entry = await openBucket(bus, 'STATUS').get(keys.execStatus(PORTFOLIO));
      return entry === undefined ? undefined : execStatusSchema.parse(decode(entry.value));
    },
    async snapshot() {
      const answer = await commandLineBus.request(subjects.execSnapshot(PORTFOLIO), new Uint8Array(), 1_000);
      return answer === undefined ? undefined : execSnapshotSchema.parse(decode(answer));
    },
    async stop() {
      await Promise.all([bus.close(), commandLineBus.close()]);
      await nats.stop();
    },
  };
  await world.setConfig(config);
  await world.setHalt(haltFixture(0, 'RELEASED'));
  return world;
}

async function readAll<T>(bus: Bus, subject: string, parse: (payload: Uint8Array) => T): Promise<readonly T[]> {
  const events: T[] = [];
  for await (const message of bus.read('EXECUTIONS', { subject, fromSequence: 1 })) events.push(parse(message.payload));
  return events;
}

function decode(value: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(value));
}
