import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyValue } from '@flotilla/contracts';
import { type CheckpointFound, firstCheckpoint, openCheckpointStore } from './checkpoint.ts';

const identity = { portfolio: 'main', strategy: 'btc', parametersHash: 'p', agentKey: new Uint8Array(32) };
const saved = {
  ...firstCheckpoint(41, 1_700_000_000_000, { 'BTC-USD': { stance: 1 } }),
  open: {
    'BTC-USD': {
      instrument: 'BTC-USD',
      targetLots: -3,
      timeInForce: 'IOC',
      reason: 'crossed',
      signalId: 's41',
      ordinal: 0,
      corrId: 'c41',
      sequence: 41,
      causationId: 'SIGNALS:41',
      expiresAt: '2026-11-21T12:00:30.000Z',
      carrier: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    },
  },
  holdings: {
    settledLots: { 'BTC-USD': -5 },
    working: {
      i1: { instrument: 'BTC-USD', side: 'BUY', quantityLots: 3, unansweredUntilMs: 7 },
      i2: { instrument: 'BTC-USD', side: 'SELL', quantityLots: 2, rests: true },
    },
    settledIntentIds: ['i0'],
  },
  counts: { signalsConsumed: 12, intentsPublished: 5, firstSignalAtMs: 1_700_000_000_001 },
} as const;

/** The port in memory: what a checkpoint becomes on the way does not depend on the bucket. */
function memoryBucket(): Pick<KeyValue, 'get' | 'put'> & { readonly values: Map<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  return {
    values,
    get(key) {
      const value = values.get(key);
      return Promise.resolve(value === undefined ? undefined : { key, value, revision: 1, storedAtMs: 0 });
    },
    put: (key, value) => Promise.resolve(values.set(key, value).size),
  };
}

test('openCheckpointStore: loads what it saved, under a key of portfolio and strategy', async () => {
  const bucket = memoryBucket();
  await openCheckpointStore(bucket, identity).save(saved);
  assert.deepEqual([...bucket.values.keys()], ['main.btc.state']);
  assert.deepEqual(await openCheckpointStore(bucket, identity).load(), saved);
});

test('openCheckpointStore: reads what another version wrote, keeps its fields and names them', async () => {
  const bucket = memoryBucket();
  await openCheckpointStore(bucket, identity).save(saved);
  const [key = '', bytes = new Uint8Array()] = [...bucket.values][0] ?? [];
  const stored = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  await bucket.put(key, Buffer.from(JSON.stringify({ ...stored, colour: 'red' })));
  const found: CheckpointFound[] = [];
  const next = await openCheckpointStore(bucket, identity, (one) => found.push(one)).load();
  assert.partialDeepStrictEqual(next, saved);
  assert.deepEqual(found, [{ unknownFields: ['colour'] }]);
  const { counts: _counts, ...older } = stored;
  await bucket.put(key, Buffer.from(JSON.stringify(older)));
  assert.deepEqual((await openCheckpointStore(bucket, identity).load())?.counts, { signalsConsumed: 0, intentsPublished: 0 });
});

const OTHERS = [
  { why: 'other parameters', over: { parametersHash: 'q' } },
  { why: 'another key, so a Strategy applied anew', over: { agentKey: new Uint8Array(32).fill(1) } },
  { why: 'another strategy', over: { strategy: 'eth' } },
];
for (const { why, over } of OTHERS) {
  test(`openCheckpointStore: finds none, when it is one of ${why}`, async () => {
    const bucket = memoryBucket();
    await openCheckpointStore(bucket, identity).save(saved);
    assert.equal(await openCheckpointStore(bucket, { ...identity, ...over }).load(), undefined);
  });
}

for (const bytes of ['', 'not json', '{}', '{"schemaVersion":2}', '[]']) {
  test(`openCheckpointStore: finds none, when the bucket holds ${JSON.stringify(bytes)}`, async () => {
    const bucket = memoryBucket();
    await bucket.put('main.btc.state', Buffer.from(bytes));
    assert.equal(await openCheckpointStore(bucket, identity).load(), undefined);
  });
}
