import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EffectivePolicy, ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import { describeLoosened, loosenedLimits } from './loosened-limits.ts';

const POLICY: EffectivePolicy = {
  order: { maxNotional: '50000', maxQuantity: '10', priceCollarBps: 100, maxMessagesPerSecond: 20 },
  position: { maxNotional: '200000' },
  portfolio: { maxGrossNotional: '500000', maxDailyLoss: '25000' },
};
const configOf = (...policies: readonly EffectivePolicy[]): ExecConfig => ({
  schemaVersion: 1,
  portfolio: 'main',
  account: 'main',
  baseCurrency: 'USD',
  venue: { name: 'paper', type: 'Paper', paper: { startingCash: '1', takerFeeBps: 0, makerFeeBps: 0, latencyMs: 0 } },
  instruments: [],
  strategies: policies.map((policy, index) => ({
    name: `s${index}`,
    instruments: [],
    capitalMaxNotional: '1',
    desiredState: 'Running',
    policy,
    policyHash: 'a'.repeat(64),
  })),
  configHash: 'a'.repeat(64),
});
const withOrder = (order: Partial<EffectivePolicy['order']>): EffectivePolicy => ({ ...POLICY, order: { ...POLICY.order, ...order } });
const { maxQuantity: _taken, ...withoutQuantity } = POLICY.order;

const cases: readonly { readonly reason: string; readonly after: EffectivePolicy; readonly want: readonly string[] }[] = [
  { reason: 'nothing changes', after: POLICY, want: [] },
  { reason: 'a limit falls', after: withOrder({ maxNotional: '9000', priceCollarBps: 99 }), want: [] },
  { reason: 'the same number is written otherwise', after: withOrder({ maxNotional: '50000.0' }), want: [] },
  { reason: 'an amount rises', after: withOrder({ maxNotional: '100000' }), want: ['order.maxNotional from 50000 to 100000 for s0'] },
  { reason: 'a count rises', after: withOrder({ priceCollarBps: 101 }), want: ['order.priceCollarBps from 100 to 101 for s0'] },
  { reason: 'a limit goes', after: { ...POLICY, order: withoutQuantity }, want: ['order.maxQuantity from 10 to none for s0'] },
  { reason: 'a limit comes', after: { ...POLICY, position: { ...POLICY.position, maxQuantity: '1000' } }, want: [] },
];
for (const { reason, after, want } of cases) {
  test(`loosenedLimits: gives ${want.length === 0 ? 'nothing' : want.join(', ')}, when ${reason}`, () => {
    assert.deepEqual(loosenedLimits(configOf(POLICY), configOf(after)).map(describeLoosened), want);
  });
}

test('loosenedLimits: gathers strategies with the same change, and leaves out those that are new', () => {
  const looser = withOrder({ maxNotional: '60000' });
  const found = loosenedLimits(configOf(POLICY, POLICY), configOf(looser, looser, looser));
  assert.deepEqual(found.map(describeLoosened), ['order.maxNotional from 50000 to 60000 for s0 and 1 more']);
  assert.deepEqual(loosenedLimits(undefined, configOf(looser)), []);
});
