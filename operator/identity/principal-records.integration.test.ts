/** The records by which the callout admits connections, read with the operator's own rights from a real server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { NatsBus } from '@flotilla/runtime/bus/connect-bus.ts';
import { bucketStream } from '@flotilla/runtime/key-value.ts';
import { ensureBucket } from '@flotilla/runtime/provision/ensure-stream.ts';
import { startLaggingReplica } from '@flotilla/runtime/testing/lagging-replica.ts';
import { type NatsServer, startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openIdentityBus, openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { openPrincipalRecords } from './principal-records.ts';

/** More than the bus gives in one answer about the last messages of many subjects. */
const RECORDS = 1_100;
const record = { schemaVersion: 1, principal: 'agent-main_btc', account: `A${'B'.repeat(55)}`, closed: false } as const;

let server: NatsServer;
let admin: NatsBus;
let bus: NatsBus;

before(async () => {
  server = await startNatsServer();
  admin = await openTestBus({ url: server.url });
  await ensureBucket(admin, 'PRINCIPALS', { replicas: 1 });
  bus = await openIdentityBus(server, 'operator');
});
after(async () => {
  await bus.close();
  await admin.close();
  await server.stop();
});

test('openPrincipalRecords: reads the newest of every record, of more than one answer of the bus holds, and none of another namespace', async () => {
  const records = openPrincipalRecords(bus, 'trading');
  await openPrincipalRecords(bus, 'other').write('agent', record);
  await Promise.all(Array.from({ length: RECORDS }, (_, index) => records.write(`agent-${index}`, record)));
  await records.write('agent-7', { ...record, closed: true });
  const found = await records.read();
  assert.equal(found.size, RECORDS);
  assert.equal(found.get('agent-7')?.closed, true);
  assert.equal(found.get('agent-8')?.closed, false);
});

test('openPrincipalRecords: misses no record, when the replica that answers lags', async () => {
  const records = openPrincipalRecords(bus, 'small');
  for (const name of ['first', 'second']) await records.write(name, record);
  const replica = await startLaggingReplica(admin, server.url, [bucketStream('PRINCIPALS')]);
  try {
    assert.deepEqual([...(await records.read()).keys()], ['first', 'second']);
  } finally {
    await replica.close();
  }
});
