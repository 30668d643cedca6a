/** NATS with the streams of a fleet, for integration tests. */
import {
  agentConsumer,
  formatTime,
  INSTRUMENT_CATALOGUE,
  STREAMS,
  subjects,
  type NormalizedSignal,
  type OrderIntent,
} from '@flotilla/contracts';
import { parseEvent } from '@flotilla/contracts/events/parse.ts';
import { publishEvent, type NatsBus } from '@flotilla/runtime';
import { ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { startNatsServer, type NatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';

export interface FleetServers {
  readonly nats: NatsServer;
  /** With every right. */
  readonly bus: NatsBus;
  /** Plays the operator: makes the consumer of a Strategy's agent. */
  provisionAgent(strategy: string): Promise<void>;
  /** As if it were made now. */
  publishSignal(signal: NormalizedSignal): Promise<void>;
  /** In the order of the stream. */
  readIntents(strategy: string): Promise<readonly OrderIntent[]>;
  /** Plays exec: reports the end of an order that was filled so far; without a quantity, exec denied the order. */
  endOrder(intent: OrderIntent, filledQuantity?: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startFleetServers(): Promise<FleetServers> {
  const nats = await startNatsServer();
  const bus = await openTestBus({ url: nats.url });
  for (const definition of Object.values(STREAMS)) await ensureStream(bus, definition, { replicas: 1 });
  for (const bucket of ['STATUS', 'CHECKPOINTS'] as const) await ensureBucket(bus, bucket, { replicas: 1 });
  return {
    nats,
    bus,
    async provisionAgent(strategy) {
      await ensureConsumer(bus, agentConsumer('main', strategy, [INSTRUMENT_CATALOGUE[0]?.symbol ?? '']));
    },
    async publishSignal(signal) {
      await publishEvent(bus, {
        type: 'signals.normalized',
        subject: subjects.signalNormalized(signal.venue, signal.instrument),
        event: { ...signal, time: formatTime(Date.now()) },
      });
    },
    async readIntents(strategy) {
      const intents: OrderIntent[] = [];
      const subject = subjects.orderIntent('main', strategy);
      for await (const message of bus.read('DECISIONS', { subject, fromSequence: 1 })) {
        intents.push(parseEvent('decisions.order_intent', message.payload).event);
      }
      return intents;
    },
    async endOrder(intent, filledQuantity) {
      const { proposalIds: _proposalIds, ...order } = intent;
      await publishEvent(bus, {
        type: 'executions.order',
        subject: subjects.order(intent.portfolio, intent.strategy),
        event: {
          ...order,
          id: `end-of-${intent.id}`,
          epoch: 1,
          orderId: `order-of-${intent.id}`,
          intentId: intent.id,
          ordinal: 0,
          filledQuantity: filledQuantity ?? '0',
          leavesQuantity: '0',
          ...(filledQuantity === undefined
            ? { status: 'DENIED', denials: [{ code: 'POSITION_LIMIT', message: 'for the test', details: {} }] }
            : { status: filledQuantity === intent.quantity ? 'FILLED' : 'CANCELLED' }),
        },
      });
    },
    async stop() {
      await bus.close();
      await nats.stop();
    },
  };
}
