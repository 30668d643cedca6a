/**
 * A consumption that begins again leaves pulls behind, which a server of a cluster still answers: the consumer's leader does not hear that an inbox of
 * another account, on another server, is gone. What the leader sends there must not be lost.
 */
import { createInbox } from '@nats-io/nats-core';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execConsumer, STREAMS, subjects } from '@flotilla/contracts';
import { ACCOUNT_API_PREFIX } from '@flotilla/contracts/access/core-account.ts';
import { ensureConsumer } from '../provision/ensure-consumer.ts';
import { ensureStream } from '../provision/ensure-stream.ts';
import { eventually } from '../testing/eventually.ts';
import { type NatsCluster, startNatsCluster } from '../testing/nats-cluster.ts';
import { openIdentityBus, openTestBus } from '../testing/open-test-bus.ts';
import { openRawLogin } from '../testing/open-raw-connection.ts';
import { userLogin } from '../identity/login.ts';
import type { NatsBus } from './connect-bus.ts';

const EXEC = { role: 'Exec', portfolio: 'main' } as const;
const CONSUMER = execConsumer('main');
const SUBJECT = subjects.orderIntent('main', 'a');
/** Less than the time after which the bus delivers again what nothing acknowledged. */
const DELIVERED_MS_MAX = 15_000;

let cluster: NatsCluster;
let bus: NatsBus;
before(async () => {
  cluster = await startNatsCluster();
  const [first] = cluster.servers.values();
  bus = await openTestBus({ url: first?.url ?? '' });
  await ensureStream(bus, STREAMS.DECISIONS, { replicas: 3 });
  await eventually(
    'the consumer is there',
    () =>
      ensureConsumer(bus, CONSUMER).then(
        () => true,
        () => false,
      ),
    60_000,
  );
});
after(async () => {
  await bus.close();
  await cluster.stop();
});

test('consume: gets every message in order after a delivery went astray, when another server leads the consumer', async () => {
  const {
    cluster: { leader },
  } = await infoOf();
  const [, server] = [...cluster.servers].find(([name]) => name !== leader) ?? [];
  assert.ok(server !== undefined);
  const exec = await openIdentityBus(server, EXEC);
  const thief = await openRawLogin(server.url, userLogin(await server.identity.login(EXEC)));
  const stolen: string[] = [];
  const inbox = createInbox();
  thief.subscribe(inbox, { callback: (error, message) => void (error === null && stolen.push(message.string())) });
  const pull = { batch: 1, expires: 60_000_000_000 };
  thief.publish(`${ACCOUNT_API_PREFIX}.CONSUMER.MSG.NEXT.DECISIONS.${CONSUMER.name}`, JSON.stringify(pull), { reply: inbox });
  await eventually('the first pull waits', async () => (await infoOf()).num_waiting === 1);
  const consumption = await exec.consume('DECISIONS', CONSUMER.name, { maxInFlight: 5, resume: 'ackFloor' });
  const heard: string[] = [];
  const hearing = (async () => {
    for await (const delivery of consumption) {
      heard.push(Buffer.from(delivery.payload).toString());
      await delivery.ack();
    }
  })();
  await eventually('both pulls wait', async () => (await infoOf()).num_waiting === 2);
  const send = (text: string): Promise<unknown> => bus.publish(SUBJECT, Buffer.from(text), { messageId: text });

  await send('first');
  await eventually('the first message went astray', () => stolen.length === 1);
  await send('second');
  await eventually('both messages', () => heard.length >= 2, DELIVERED_MS_MAX);
  assert.deepEqual(heard, ['first', 'second']);
  await consumption.stop();
  await hearing;
  await thief.close();
  await exec.close();
});

interface Info {
  readonly cluster: { readonly leader: string };
  readonly num_waiting: number;
}

function infoOf(): Promise<Info> {
  return bus.callApi<Info>(`CONSUMER.INFO.DECISIONS.${CONSUMER.name}`);
}
