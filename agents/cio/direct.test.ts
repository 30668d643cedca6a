import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderIntentId, orderIntentSchema, type Proposal } from '@flotilla/contracts';
import { decideDirect } from './direct.ts';

const proposal: Proposal = {
  schemaVersion: 1,
  id: 'p1',
  corrId: 'c1',
  causationId: 'SIGNALS:7',
  time: '2026-11-21T12:00:00.000Z',
  producer: { service: 'agents', revision: 'test' },
  portfolio: 'main',
  strategy: 'btc',
  instrument: 'BTC-USD',
  side: 'SELL',
  type: 'LIMIT',
  quantity: '0.5',
  limitPrice: '611.87',
  timeInForce: 'GTC',
  reduceOnly: true,
  targetQuantity: '0',
  reason: 'why',
  expiresAt: '2026-11-21T12:00:30.000Z',
};

test('decideDirect: makes the intent of one proposal with the order unchanged, and the same one every time', () => {
  const decision = { agentKey: new Uint8Array(32).fill(9), inputId: 'signal', ordinal: 2 };
  const intent = decideDirect(proposal, decision);
  const { targetQuantity: _target, reason: _reason, ...order } = proposal;
  assert.deepEqual(intent, { ...order, id: orderIntentId(decision.agentKey, 'signal', 2), proposalIds: ['p1'] });
  assert.deepEqual(orderIntentSchema.parse(intent), intent);
  assert.deepEqual(decideDirect(proposal, decision), intent);
});
