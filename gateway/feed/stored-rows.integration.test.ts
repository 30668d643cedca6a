/** Which rows of a run the stream holds, asked with the gateway's own rights, when the replica that answers lags (ADR 0088). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeEvent, rawSignalId, SCHEMA_VERSION, STREAMS, subjects } from '@flotilla/contracts';
import { ensureStream } from '@flotilla/runtime';
import { startLaggingReplica } from '@flotilla/runtime/testing/lagging-replica.ts';
import { startNatsServer } from '@flotilla/runtime/testing/nats-server.ts';
import { openIdentityBus, openTestBus } from '@flotilla/runtime/testing/open-test-bus.ts';
import { makeRowSet } from './row-set.ts';
import { markStoredRows, rowNonce } from './stored-rows.ts';

test('markStoredRows: marks every row that the stream holds, when the replica that answers lags', async () => {
  await using started = new AsyncDisposableStack();
  const server = await startNatsServer();
  started.defer(() => server.stop());
  const admin = await openTestBus({ url: server.url });
  started.defer(() => admin.close());
  await ensureStream(admin, STREAMS.SIGNALS, { replicas: 1 });
  const gateway = await openIdentityBus(server, { role: 'Gateway' });
  started.defer(() => gateway.close());
  const time = '2026-11-21T12:00:00.000Z';
  for (const row of [0, 2]) {
    const nonce = rowNonce('night', row);
    const id = rawSignalId('btc', nonce, 'row');
    const event = {
      schemaVersion: SCHEMA_VERSION,
      id,
      corrId: id,
      time,
      producer: { service: 'gateway', revision: 'test' },
      source: 'btc',
      venue: 'COINBASE',
      instrument: 'BTC-USD',
      format: 'QUOTE_CSV',
      nonce,
      receivedAt: time,
      contentType: 'text/csv',
      body: 'row',
    } as const;
    await gateway.publish(subjects.signalRaw('btc'), encodeEvent(event), { messageId: id });
  }
  const replica = await startLaggingReplica(admin, server.url, ['SIGNALS']);
  started.defer(() => replica.close());
  const stored = makeRowSet(4);
  await markStoredRows(gateway, 'btc', 'night', stored);
  assert.deepEqual(
    [0, 1, 2, 3].map((row) => stored.has(row)),
    [true, false, true, false],
  );
});
