/**
 * A direct get puts the facts of a stored message into headers, behind the headers of its publisher. A publisher that writes headers of the same
 * names, or a status, must not change what readers learn.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { StoredMessage } from '@flotilla/contracts';
import { headers as makeHeaders, type MsgHdrs } from '@nats-io/nats-core';
import { openBucket } from '../key-value.ts';
import { ensureBucket } from '../provision/ensure-stream.ts';
import { eventually } from '../testing/eventually.ts';
import { type NatsServer, startNatsServer } from '../testing/nats-server.ts';
import { openRawConnection } from '../testing/open-raw-connection.ts';
import { openTestBus } from '../testing/open-test-bus.ts';
import type { NatsBus } from './connect-bus.ts';

const FORGER = { role: 'SignalAgent', portfolio: 'main', strategy: 'forger' } as const;
const FORGED_KEY = '$KV.STATUS.agent.main.forger.a';
const TRUE_KEY = '$KV.STATUS.exec.main.report';

let server: NatsServer;
let bus: NatsBus;

before(async () => {
  server = await startNatsServer();
  bus = await openTestBus({ url: server.url });
  await ensureBucket(bus, 'STATUS', { replicas: 1 });
});
after(async () => {
  await bus.close();
  await server.stop();
});

function forgedHeaders(code?: number, description?: string): MsgHdrs {
  const forged = makeHeaders(code, description);
  const facts = { 'Nats-Subject': TRUE_KEY, 'Nats-Sequence': '99', 'Nats-Stream': 'KV_CONTROL', 'Nats-Num-Pending': '0' };
  for (const [name, value] of Object.entries({ ...facts, 'Nats-Time-Stamp': '2001-01-01T00:00:00Z' })) forged.set(name, value);
  return forged;
}

const FORGERIES = [
  { what: 'headers of the server', headers: () => forgedHeaders() },
  { what: 'the status "end of batch"', headers: () => forgedHeaders(204, 'EOB') },
  { what: 'the status "not found"', headers: () => forgedHeaders(404, 'Message Not Found') },
  { what: 'the status "no responders"', headers: () => forgedHeaders(503, 'No Responders') },
] as const;

for (const { what, headers } of FORGERIES) {
  test(`read: gives every message with the facts that the server knows, when a publisher writes ${what}`, async () => {
    const startMs = Date.now() - 60_000;
    const forger = await openRawConnection(server, FORGER);
    forger.publish(FORGED_KEY, 'forged', { headers: headers() });
    await forger.flush();
    await forger.close();
    await eventually('the forgery is stored', async () => (await bus.last('KV_STATUS', FORGED_KEY, 'LEADER')) !== undefined);
    const { sequence } = await bus.publish(TRUE_KEY, new TextEncoder().encode('true'), { messageId: '' });

    const isGenuine = (message: StoredMessage): void => {
      const found = {
        stream: message.stream,
        subject: message.subject,
        sequence: message.sequence,
        payload: Buffer.from(message.payload).toString(),
      };
      const expected =
        found.payload === 'true'
          ? { stream: 'KV_STATUS', subject: TRUE_KEY, sequence, payload: 'true' }
          : { stream: 'KV_STATUS', subject: FORGED_KEY, sequence: sequence - 1, payload: 'forged' };
      assert.deepEqual(found, expected);
      assert.ok(message.storedAtMs > startMs, `expected the time of the server, found ${message.storedAtMs}`);
    };
    const reports = await bus.lastPerSubject('KV_STATUS', '$KV.STATUS.>');
    assert.equal(reports.length, 2);
    for (const report of reports) isGenuine(report);
    let count = 0;
    for await (const message of bus.read('KV_STATUS', { subject: '>', fromSequence: sequence - 1 })) {
      isGenuine(message);
      count += 1;
    }
    assert.equal(count, 2);
    const last = await bus.last('KV_STATUS', FORGED_KEY);
    assert.ok(last !== undefined);
    isGenuine(last);
    assert.equal((await openBucket(bus, 'STATUS').get('agent.main.forger.a'))?.revision, sequence - 1);
  });
}
