/** Fills the servers as they are in production: every stream holds a message that a reader has in hand and has not acknowledged. */
import { STREAMS, type StreamName } from '@flotilla/contracts/bus/streams.ts';
import { agentConsumer, auditConsumer, execConsumer, normaliserConsumer } from '@flotilla/contracts/bus/consumers.ts';
import { BUCKETS, type BucketName } from '@flotilla/contracts/bus/buckets.ts';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { ensureConsumer } from '@flotilla/runtime/provision/ensure-consumer.ts';
import { ensureBucket, ensureStream } from '@flotilla/runtime/provision/ensure-stream.ts';
import { STORED, STORED_KEYS } from './known-names.ts';

/** Messages that a pull can still carry after stray acknowledgements. */
const SPARE = 20;
/** Raw signals that the pulls of the normaliser can carry, which cannot begin its consumer again. */
const RAW_MESSAGES = 150;
const encode = (text: string) => new TextEncoder().encode(text);

export async function provision(bus: NatsBus, replicas: number): Promise<void> {
  for (const stream of Object.keys(STREAMS) as StreamName[]) {
    await ensureStream(bus, STREAMS[stream], { replicas });
    await ensureConsumer(bus, auditConsumer(stream));
  }
  for (const bucket of Object.keys(BUCKETS) as BucketName[]) await ensureBucket(bus, bucket, { replicas });
  await ensureConsumer(bus, normaliserConsumer());
  for (const strategy of ['momentum', 'reversion', 'suspect', 'trainee'])
    await ensureConsumer(bus, agentConsumer('main', strategy, ['BTC-USD']));
  for (const portfolio of ['main', 'other']) await ensureConsumer(bus, execConsumer(portfolio));
  for (const subject of STORED_KEYS) await bus.publish(subject, encode('stored'), { messageId: '' });
  for (const subject of [...Object.values(STORED), 'decisions.order_intent.other.momentum']) {
    for (const id of ['first', 'second', ...Array.from({ length: SPARE }, (_, index) => `spare-${index}`)])
      await bus.publish(subject, encode(subject), { messageId: `${subject} ${id}` });
  }
  const raw = Array.from({ length: RAW_MESSAGES }, (_, index) => `raw ${index}`);
  await Promise.all(raw.map((id) => bus.publish('signals.raw.tv', encode(id), { messageId: id })));
  for (const stream of Object.keys(STORED)) await takeInHand(bus, stream, 'audit');
  await takeInHand(bus, 'SIGNALS', 'agent-main_reversion');
  await takeInHand(bus, 'DECISIONS', 'exec-other');
  await takeInHand(bus, 'SIGNALS', normaliserConsumer().name);
}

async function takeInHand(bus: NatsBus, stream: string, consumer: string): Promise<void> {
  const consumption = await bus.consume(stream, consumer, { maxInFlight: 1, resume: 'none' });
  for await (const delivery of consumption) {
    if (delivery.sequence > 0) break;
  }
  await consumption.stop();
}
