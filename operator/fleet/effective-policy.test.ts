import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EffectivePolicy } from '@flotilla/contracts/control/exec-config.ts';
import fc from 'fast-check';
import { policyHash, policyOf, tighterPolicy } from './effective-policy.ts';

const wide: EffectivePolicy = {
  order: { maxNotional: '50000', priceCollarBps: 100, maxMessagesPerSecond: 20 },
  position: { maxNotional: '200000' },
  portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '25000' },
};
const strict: EffectivePolicy = {
  order: { maxNotional: '9000.5', maxQuantity: '3', priceCollarBps: 300, maxMessagesPerSecond: 5 },
  position: { maxNotional: '1000000', maxQuantity: '10' },
  portfolio: { maxGrossNotional: '500000', maxDailyLoss: '99999' },
};

test('tighterPolicy: takes the tighter limit field by field, from either side', () => {
  const want: EffectivePolicy = {
    order: { maxNotional: '9000.5', maxQuantity: '3', priceCollarBps: 100, maxMessagesPerSecond: 5 },
    position: { maxNotional: '200000', maxQuantity: '10' },
    portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '25000' },
  };
  assert.deepEqual(tighterPolicy(wide, strict), want);
  assert.deepEqual(tighterPolicy(strict, wide), want);
});

test('tighterPolicy: compares numbers, not texts', () => {
  const ten = { ...wide, order: { ...wide.order, maxNotional: '10' } };
  const nine = { ...wide, order: { ...wide.order, maxNotional: '9' } };
  assert.equal(tighterPolicy(ten, nine).order.maxNotional, '9');
});

const money = fc.integer({ min: 1, max: 1_000_000_000 }).map(String);
const limit = fc.integer({ min: 1, max: 1_000 });
const anyPolicy: fc.Arbitrary<EffectivePolicy> = fc
  .record({
    order: fc.record(
      { maxNotional: money, maxQuantity: money, priceCollarBps: limit, maxMessagesPerSecond: limit },
      { requiredKeys: ['maxNotional', 'priceCollarBps', 'maxMessagesPerSecond'] },
    ),
    position: fc.record({ maxNotional: money, maxQuantity: money }, { requiredKeys: ['maxNotional'] }),
    portfolio: fc.record(
      { maxGrossNotional: money, maxLeverage: money, maxDailyLoss: money },
      { requiredKeys: ['maxGrossNotional', 'maxDailyLoss'] },
    ),
  })
  .map((policy) => policyOf(policy));

test('tighterPolicy: never loosens, whatever the two are, and order does not matter', () => {
  fc.assert(
    fc.property(anyPolicy, anyPolicy, (a, b) => {
      const both = tighterPolicy(a, b);
      assert.equal(policyHash(both), policyHash(tighterPolicy(b, a)));
      assert.deepEqual(tighterPolicy(both, a), both, 'the result is at least as tight as each');
      assert.deepEqual(tighterPolicy(both, b), both);
    }),
  );
});

test('policyHash: is the same for the same limits in another order of fields', () => {
  const { order, position, portfolio } = wide;
  assert.equal(policyHash(wide), policyHash({ portfolio, position, order }));
});
