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
  standing: {
    'BTC-USD': {
      instrument: 'BTC-USD',
      targetLots: 0,
      timeInForce: 'GTC',
      reason: 'closed',
      closesOnly: 'SHORT',
      asked: { firstMs: 1_475_798_400_000, lastMs: 1_475_798_401_000 },
      exit: {
        signalId: 's42',
        ordinal: 0,
        corrId: 'c42',
        sequence: 42,
        causationId: 'SIGNALS:42',
        expiresAt: '2026-11-21T12:00:31.000Z',
        carrier: {},
      },
    },
  },
  holdings: {
    settledLots: { 'BTC-USD': -5 },
    working: {
      i1: { instrument: 'BTC-USD', side: 'BUY', quantityLots: 3, unansweredUntilMs: 7 },
      i2: { instrument: 'BTC-USD', side: 'SELL', quantityLots: 2, filledLots: 1, rests: true },
    },
    settledIntentIds: ['i0'],
  },
  counts: { signalsConsumed: 12, intentsPublished: 5, pricesUnusable: 2, firstSignalAtMs: 1_700_000_000_001 },
} as const;

/** The port in memory: what a checkpoint becomes on the way does not depend on the bucket. */
function memoryBucket(): Pick<KeyValue, 'get' | 'put' | 'lastRevision'> & { readonly values: Map<string, Uint8Array> } {
  const values = new Map<string, Uint8Array>();
  return {
    values,
    get(key) {
      const value = values.get(key);
      return Promise.resolve(value === undefined ? undefined : { key, value, revision: 1, storedAtMs: 0 });
    },
    lastRevision: (key) => Promise.resolve(values.has(key) ? 1 : 0),
    put: (key, value) => Promise.resolve(values.set(key, value).size),
  };
}

test('openCheckpointStore: loads what it saved, under a key of portfolio and strategy', async () => {
  const bucket = memoryBucket();
  await openCheckpointStore(bucket, identity).save(saved);
  assert.deepEqual([...bucket.values.keys()], ['main.btc.state']);
  assert.deepEqual(await openCheckpointStore(bucket, identity).load(), { checkpoint: saved, revision: 1 });
});

test('openCheckpointStore: reads what another version wrote, keeps its fields and names them', async () => {
  const bucket = memoryBucket();
  await openCheckpointStore(bucket, identity).save(saved);
  const [key = '', bytes = new Uint8Array()] = [...bucket.values][0] ?? [];
  const stored = JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>;
  await bucket.put(key, Buffer.from(JSON.stringify({ ...stored, colour: 'red' })));
  const found: CheckpointFound[] = [];
  const next = await openCheckpointStore(bucket, identity, (one) => found.push(one)).load();
  assert.partialDeepStrictEqual(next.checkpoint, saved);
  assert.deepEqual(found, [{ unknownFields: ['colour'] }]);
  const { counts: _counts, standing: _standing, ...older } = stored;
  await bucket.put(key, Buffer.from(JSON.stringify(older)));
  const { checkpoint } = await openCheckpointStore(bucket, identity).load();
  assert.deepEqual([checkpoint?.counts, checkpoint?.standing], [{ signalsConsumed: 0, intentsPublished: 0 }, {}]);
});

const FOREIGN = { checkpoint: undefined, revision: 1 };
const OTHERS = [
  { why: 'other parameters', over: { parametersHash: 'q' }, want: FOREIGN },
  { why: 'another key, so a Strategy applied anew', over: { agentKey: new Uint8Array(32).fill(1) }, want: FOREIGN },
  { why: 'another strategy', over: { strategy: 'eth' }, want: { checkpoint: undefined, revision: 0 } },
];
for (const { why, over, want } of OTHERS) {
  test(`openCheckpointStore: finds none, when it is one of ${why}`, async () => {
    const bucket = memoryBucket();
    await openCheckpointStore(bucket, identity).save(saved);
    assert.deepEqual(await openCheckpointStore(bucket, { ...identity, ...over }).load(), want);
  });
}

for (const bytes of ['', 'not json', '{}', '{"schemaVersion":2}', '[]']) {
  test(`openCheckpointStore: finds none, when the bucket holds ${JSON.stringify(bytes)}`, async () => {
    const bucket = memoryBucket();
    await bucket.put('main.btc.state', Buffer.from(bytes));
    assert.deepEqual(await openCheckpointStore(bucket, identity).load(), FOREIGN);
  });
}
