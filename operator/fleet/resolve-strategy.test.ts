import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { findPolicy, portfolio, strategy, withSpec } from '../testing/objects.ts';
import { resolvePortfolio, resolveStrategy } from './resolve-strategy.ts';

const resolved = resolvePortfolio(portfolio, findPolicy);

test('resolveStrategy: gives what exec and the agent need, when all is there', () => {
  const result = resolveStrategy(strategy, resolved, findPolicy);
  assert.ok(result.ok);
  assert.equal(result.agent, 'Momentum');
  assert.deepEqual(
    result.instruments.map(({ symbol }) => symbol),
    ['BTC-USD'],
  );
  assert.equal(result.entry.desiredState, 'Running');
  assert.equal(result.entry.policy.order.maxNotional, '50000');
});

test('resolveStrategy: takes the tighter limit field by field, when it has a policy of its own', () => {
  const result = resolveStrategy(withSpec(strategy, { riskPolicyRef: { name: 'strict' } }), resolved, findPolicy);
  assert.ok(result.ok);
  assert.deepEqual(result.entry.policy, {
    order: { maxNotional: '1000', priceCollarBps: 100, maxMessagesPerSecond: 20 },
    position: { maxNotional: '200000' },
    portfolio: { maxGrossNotional: '500000', maxLeverage: '2.0', maxDailyLoss: '100' },
  });
});

const refused: readonly {
  readonly when: string;
  readonly given: ResourceObject;
  readonly over?: ReturnType<typeof resolvePortfolio> | undefined;
  readonly reason: string;
  readonly message: RegExp;
}[] = [
  {
    when: 'there is no such agent',
    given: withSpec(strategy, { agent: { builtIn: 'Momentun' } }),
    reason: 'AgentUnknown',
    message: /Momentun; expected one of Momentum, MeanReversion, Alert/,
  },
  {
    when: 'a parameter is misspelt',
    given: withSpec(strategy, { parameters: { fatsBars: 1, quantity: '1' } }),
    reason: 'ParametersInvalid',
    message: /Momentum has no fatsBars; it takes .*fastBars/,
  },
  {
    when: 'a parameter is out of bounds',
    given: withSpec(strategy, { parameters: { fastBars: 0, quantity: '1' } }),
    reason: 'ParametersInvalid',
    message: /spec\.parameters\.fastBars: /,
  },
  {
    when: 'the Portfolio is not there',
    given: strategy,
    over: undefined,
    reason: 'PortfolioNotFound',
    message: /no Portfolio main in this namespace/,
  },
  {
    when: 'the Portfolio has no policy',
    given: strategy,
    over: resolvePortfolio(portfolio, () => undefined),
    reason: 'RiskPolicyNotFound',
    message: /Portfolio main: .*no RiskPolicy conservative/,
  },
  {
    when: 'its own policy is not there',
    given: withSpec(strategy, { riskPolicyRef: { name: 'none' } }),
    reason: 'RiskPolicyNotFound',
    message: /no RiskPolicy none/,
  },
  {
    when: 'the quantity is not a multiple of the lot',
    given: withSpec(strategy, { instruments: ['SPY'], parameters: { quantity: '0.5' } }),
    reason: 'ParametersInvalid',
    message: /spec\.parameters\.quantity, for SPY: expected a multiple of the lot size 1, found 0\.5/,
  },
  {
    when: 'the instrument is not defined',
    given: withSpec(strategy, { instruments: ['XYZ'] }),
    reason: 'InstrumentUnknown',
    message: /XYZ is neither built in nor defined by Portfolio main/,
  },
  {
    when: 'the spec is older than the schema',
    given: withSpec(strategy, { capital: {} }),
    reason: 'SpecInvalid',
    message: /capital\.maxNotional/,
  },
];

for (const { when, given, reason, message, ...rest } of refused) {
  test(`resolveStrategy: is blocked with ${reason}, when ${when}`, () => {
    const result = resolveStrategy(given, 'over' in rest ? rest.over : resolved, findPolicy);
    assert.ok(!result.ok);
    assert.equal(result.reason, reason);
    assert.match(result.message, message);
  });
}

test('resolvePortfolio: is blocked, when an instrument is finer than money', () => {
  const instruments = [{ symbol: 'X', tickSize: '0.0000000001', lotSize: '0.0000000001' }];
  const result = resolvePortfolio(withSpec(portfolio, { instruments }), findPolicy);
  assert.ok(!result.ok);
  assert.equal(result.reason, 'InstrumentInvalid');
});

test('resolveStrategy: ignores and names fields and parameters of a later version', () => {
  const later = withSpec(strategy, { colour: 'red', parameters: { quantity: '0.5', volatilityTarget: '0.1' } });
  const result = resolveStrategy(later, resolved, findPolicy);
  assert.ok(result.ok, 'the agent keeps running');
  assert.deepEqual(result.unknownFields, ['spec.colour', 'spec.parameters.volatilityTarget']);
});

test('resolvePortfolio: ignores and names fields of a later version, and reads no acknowledgement', () => {
  const later = withSpec(portfolio, { colour: 'red', acknowledgedPolicyChange: 'in a form that this build cannot read' });
  const result = resolvePortfolio(later, findPolicy);
  assert.ok(result.ok);
  assert.deepEqual(result.unknownFields, ['spec.colour']);
});
