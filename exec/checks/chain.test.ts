/** Each check through the whole way of an intent. A case gives the reason, the steps before the intent, the intent and the expected codes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DenialCode, OrderIntent } from '@flotilla/contracts';
import { type CoreOptionsUnderTest, type CoreUnderTest, coreUnderTest } from '../testing/core-under-test.ts';
import { configFixture, haltFixture, intentFixture, policyFixture, STRATEGY } from '../testing/fixtures.ts';
import { send } from '../testing/send.ts';

interface Case {
  readonly reason: string;
  readonly world?: CoreOptionsUnderTest;
  /** Steps before the intent. The market stands at 100 / 101 with 10 on each side. */
  readonly given?: (world: CoreUnderTest) => void;
  readonly intent: Partial<OrderIntent>;
  readonly subjectStrategy?: string;
  readonly want: readonly DenialCode[];
  readonly details?: Readonly<Record<string, string>>;
}

const limit = (limitPrice: string) => ({ type: 'LIMIT' as const, limitPrice });
const policy = (...overrides: Parameters<typeof policyFixture>) => ({ config: configFixture({ policy: policyFixture(...overrides) }) });
const buy = (quantity: string) => (world: CoreUnderTest) =>
  assert.deepEqual(send(world, intentFixture(`given-${quantity}`, { quantity })), []);
const SELL_ALL = { side: 'SELL' as const, quantity: '1' };

const CASES: readonly Case[] = [
  { reason: 'everything is in order', intent: {}, want: [] },
  { reason: 'a LIMIT order has no price', intent: { type: 'LIMIT' }, want: ['INTENT_INVALID'] },
  { reason: 'a MARKET order has a price', intent: { limitPrice: '100' }, want: ['INTENT_INVALID'] },
  { reason: 'the intent names another portfolio', intent: { portfolio: 'other' }, want: ['INTENT_INVALID'], details: { found: 'other' } },
  {
    reason: 'the intent came on the subject of another strategy',
    intent: {},
    subjectStrategy: 'thief',
    want: ['INTENT_INVALID', 'POLICY_MISSING', 'STRATEGY_UNKNOWN'],
  },
  { reason: 'a number has seventeen digits', intent: { quantity: '1.0000000000000001' }, want: ['INTENT_INVALID'] },
  {
    reason: 'the intent is past its expiry',
    intent: { expiresAt: '2026-11-21T11:59:59.999Z' },
    want: ['INTENT_EXPIRED'],
    details: { lateMs: '1', expiresAt: '2026-11-21T11:59:59.999Z' },
  },
  { reason: 'the intent expires in a millisecond', intent: { expiresAt: '2026-11-21T12:00:00.001Z' }, want: [] },
  { reason: 'the intent expires at this very moment', intent: { expiresAt: '2026-11-21T12:00:00.000Z' }, want: ['INTENT_EXPIRED'] },
  {
    reason: 'the expiry is not a date',
    intent: { expiresAt: '2026-99-99T99:99:99Z' },
    want: ['INTENT_EXPIRED'],
    details: { expiresAt: '2026-99-99T99:99:99Z' },
  },
  { reason: 'the instrument is not defined', intent: { instrument: 'DOGE-USD' }, want: ['INSTRUMENT_NOT_ALLOWED', 'MARKET_PRICE_MISSING'] },
  {
    reason: 'the instrument is in the list of another strategy only',
    intent: { instrument: 'ETH-USD' },
    given: (world) => world.quote('10', '11', '1', 'ETH-USD'),
    want: ['INSTRUMENT_NOT_ALLOWED'],
  },
  { reason: 'the quantity is off the lot', intent: { quantity: '0.000000001' }, want: ['QUANTITY_OFF_LOT'] },
  { reason: 'the price is off the tick', intent: limit('100.005'), want: ['PRICE_OFF_TICK'] },
  { reason: 'a reduce-only order finds no position', intent: { reduceOnly: true }, want: ['REDUCE_ONLY_VIOLATION'] },
  {
    reason: 'a reduce-only order would cross zero',
    given: buy('1'),
    intent: { side: 'SELL', quantity: '1.1', reduceOnly: true },
    want: ['REDUCE_ONLY_VIOLATION'],
  },
  {
    reason: 'exec has no configuration',
    world: { config: undefined },
    intent: {},
    want: ['INSTRUMENT_NOT_ALLOWED', 'POLICY_MISSING', 'MARKET_PRICE_MISSING'],
    given: (world) => world.core.market.clear(),
  },
  {
    reason: 'the strategy does not belong to the portfolio',
    world: { config: configFixture({ strategies: [{ name: 'other' }] }) },
    intent: {},
    want: ['POLICY_MISSING', 'STRATEGY_UNKNOWN'],
  },
  {
    reason: 'the strategy is paused',
    world: { config: configFixture({ strategies: [{ desiredState: 'Paused' }] }) },
    intent: {},
    want: ['STRATEGY_NOT_RUNNING'],
    details: { desiredState: 'Paused' },
  },
  {
    reason: 'another exec still runs other limits of the policy',
    world: { config: configFixture({ policies: [{ name: 'wide', hash: 'a'.repeat(64), delivery: 'Delivering' }] }) },
    intent: {},
    want: ['POLICY_UNSETTLED'],
    details: { policies: 'wide' },
  },
  {
    reason: 'one of the two policies of the strategy is not settled',
    world: { config: configFixture({ strategies: [{ policyNames: ['wide', 'own'] }] }) },
    intent: {},
    want: ['POLICY_UNSETTLED'],
    details: { policies: 'own' },
  },
  {
    reason: 'the configuration does not name the policies of the strategy',
    world: { config: configFixture({ strategies: [{ policyNames: undefined }] }) },
    intent: {},
    want: ['POLICY_UNSETTLED'],
  },
  {
    reason: 'exec has never confirmed its limits',
    world: { confirmationAgeMs: () => undefined },
    intent: {},
    want: ['POLICY_UNSETTLED'],
    details: { limitMs: '10000' },
  },
  {
    reason: 'exec confirmed its limits ten seconds and a millisecond ago',
    world: { confirmationAgeMs: () => 10_001 },
    intent: {},
    want: ['POLICY_UNSETTLED'],
    details: { limitMs: '10000', ageMs: '10001' },
  },
  { reason: 'exec confirmed its limits exactly ten seconds ago', world: { confirmationAgeMs: () => 10_000 }, intent: {}, want: [] },
  {
    reason: 'the order reduces, while the policy is not settled',
    world: { config: configFixture({ policies: [] }) },
    intent: { side: 'SELL', quantity: '0.1' },
    given: (world) => {
      world.core.useConfig(configFixture());
      send(world, intentFixture('given'));
      world.core.useConfig(configFixture({ policies: [] }));
    },
    want: [],
  },
  {
    reason: 'the strategy is paused, and the order reduces',
    given: (world) => {
      buy('1')(world);
      world.core.useConfig(configFixture({ strategies: [{ desiredState: 'Paused' }] }));
    },
    intent: SELL_ALL,
    want: [],
  },
  {
    reason: 'the strategy is halted, although the order reduces',
    given: (world) => {
      buy('1')(world);
      world.core.useConfig(configFixture({ strategies: [{ desiredState: 'Halted' }] }));
    },
    intent: SELL_ALL,
    want: ['STRATEGY_HALTED'],
  },
  {
    reason: 'another revision may write now',
    world: { config: configFixture({ strategies: [{ revision: 'b' }] }) },
    intent: { strategyRevision: 'a' },
    want: ['STRATEGY_REVISION'],
    details: { expected: 'b', found: 'a' },
  },
  {
    reason: 'another revision may write now, although the order reduces',
    given: (world) => {
      buy('1')(world);
      world.core.useConfig(configFixture({ strategies: [{ revision: 'b' }] }));
    },
    intent: SELL_ALL,
    want: ['STRATEGY_REVISION'],
    details: { expected: 'b', found: 'none' },
  },
  {
    reason: 'the intent names a revision, and the configuration names none',
    intent: { strategyRevision: 'a' },
    want: ['STRATEGY_REVISION'],
  },
  {
    reason: 'the intent names the revision that may write',
    world: { config: configFixture({ strategies: [{ revision: 'b' }] }) },
    intent: { strategyRevision: 'b' },
    want: [],
  },
  {
    reason: 'the strategy drains',
    world: { config: configFixture({ strategies: [{ mode: 'ReduceOnly' }] }) },
    intent: {},
    want: ['TRADING_REDUCE_ONLY'],
  },
  {
    reason: 'the strategy drains, and the order reduces',
    given: (world) => {
      buy('1')(world);
      world.core.useConfig(configFixture({ strategies: [{ mode: 'ReduceOnly' }] }));
    },
    intent: SELL_ALL,
    want: [],
  },
  {
    reason: 'exec flattens the strategy, although the order reduces',
    given: (world) => {
      buy('1')(world);
      world.core.useConfig(configFixture({ strategies: [{ mode: 'Flatten' }] }));
    },
    intent: SELL_ALL,
    want: ['STRATEGY_FLATTENING'],
  },
  { reason: 'exec never received a price', given: (world) => world.core.market.clear(), intent: {}, want: ['MARKET_PRICE_MISSING'] },
  {
    reason: 'another position has no price',
    given: (world) => {
      world.quote('10', '11', '1', 'SPY');
      send(world, intentFixture('spy', { instrument: 'SPY', quantity: '1' }));
      world.core.market.delete('SPY');
    },
    intent: {},
    want: ['MARKET_PRICE_MISSING'],
    details: { instruments: 'SPY' },
  },
  {
    reason: 'the price is a minute and a millisecond old',
    given: (world) => world.advance(60_001),
    intent: { expiresAt: '2026-11-22T00:00:00Z' },
    want: ['MARKET_PRICE_STALE'],
    details: { limitMs: '60000', ageMs: '60001' },
  },
  {
    reason: 'the price is exactly a minute old',
    given: (world) => world.advance(60_000),
    intent: { expiresAt: '2026-11-22T00:00:00Z' },
    want: [],
  },
  {
    reason: 'the quantity is above the limit',
    world: policy({ order: { maxQuantity: '0.5' } }),
    intent: { quantity: '0.50000001' },
    want: ['ORDER_QUANTITY_LIMIT'],
    details: { limit: '0.5', found: '0.50000001' },
  },
  { reason: 'the quantity is at the limit', world: policy({ order: { maxQuantity: '0.5' } }), intent: { quantity: '0.5' }, want: [] },
  {
    reason: 'the notional is above the limit at the market price',
    world: policy({ order: { maxNotional: '50' } }),
    intent: { quantity: '0.50000001' },
    want: ['ORDER_NOTIONAL_LIMIT'],
    details: { limit: '50', found: '50.000001', price: '100' },
  },
  {
    reason: 'the notional is above the limit at the order’s own price',
    world: policy({ order: { maxNotional: '50' } }),
    intent: { ...limit('101'), quantity: '0.5' },
    want: ['ORDER_NOTIONAL_LIMIT'],
  },
  {
    reason: 'a buy limit lies too far above the market',
    world: policy({ order: { priceCollarBps: 100 } }),
    intent: limit('101.01'),
    want: ['PRICE_COLLAR'],
    details: { limitBps: '100', foundBps: '101', market: '100', found: '101.01' },
  },
  {
    reason: 'a limit lies too far below the market',
    world: policy({ order: { priceCollarBps: 100 } }),
    intent: { ...limit('98.99'), side: 'SELL' },
    want: ['PRICE_COLLAR'],
  },
  { reason: 'a limit lies on the collar', world: policy({ order: { priceCollarBps: 100 } }), intent: limit('101'), want: [] },
  {
    reason: 'the position would be above the notional limit',
    world: policy({ position: { maxNotional: '150' } }),
    given: buy('1'),
    intent: { quantity: '0.51' },
    want: ['POSITION_LIMIT'],
    details: { limit: '150', found: '151', unit: 'notional' },
  },
  {
    reason: 'resting orders use up the limit',
    world: policy({ position: { maxNotional: '150' } }),
    given: (world) => void send(world, intentFixture('rests', { ...limit('99'), quantity: '1', timeInForce: 'GTC' })),
    intent: { quantity: '0.51' },
    want: ['POSITION_LIMIT'],
  },
  {
    reason: 'the position would be above the quantity limit',
    world: policy({ position: { maxQuantity: '1' } }),
    given: buy('1'),
    intent: { quantity: '0.1' },
    want: ['POSITION_LIMIT'],
    details: { limit: '1', found: '1.1', unit: 'quantity' },
  },
  {
    reason: 'a short position would be above the limit',
    world: policy({ position: { maxNotional: '150' } }),
    intent: { side: 'SELL', quantity: '1.6' },
    want: ['POSITION_LIMIT'],
  },
  {
    reason: 'the strategy would hold more than its capital',
    world: { config: configFixture({ strategies: [{ capitalMaxNotional: '100' }] }) },
    given: (world) => {
      world.quote('50', '50', '10', 'SPY');
      send(world, intentFixture('spy', { instrument: 'SPY', quantity: '1' }));
    },
    intent: { quantity: '0.51' },
    want: ['CAPITAL_LIMIT'],
    details: { limit: '100', found: '101' },
  },
  {
    reason: 'the gross exposure would be above the limit, while another strategy is short',
    world: {
      config: configFixture({ policy: policyFixture({ portfolio: { maxGrossNotional: '150' } }), strategies: [{}, { name: 'other' }] }),
    },
    given: (world) => void send(world, intentFixture('short', { strategy: 'other', side: 'SELL', quantity: '1' })),
    intent: { quantity: '0.51' },
    want: ['GROSS_NOTIONAL_LIMIT'],
    details: { limit: '150', found: '151' },
  },
  {
    reason: 'leverage would be above the limit',
    world: { config: configFixture({ policy: policyFixture({ portfolio: { maxLeverage: '0.5' } }), paper: { startingCash: '100' } }) },
    intent: { quantity: '0.51' },
    want: ['LEVERAGE_LIMIT'],
    details: { limit: '0.5', gross: '51', equity: '100' },
  },
  {
    reason: 'the portfolio has no equity',
    world: { config: configFixture({ policy: policyFixture({ portfolio: { maxLeverage: '0.5' } }), paper: { startingCash: '0' } }) },
    intent: {},
    want: ['LEVERAGE_LIMIT'],
  },
  {
    reason: 'the order is the third within a second',
    world: policy({ order: { maxMessagesPerSecond: 2 } }),
    given: (world) => {
      buy('0.1')(world);
      buy('0.2')(world);
      world.advance(999);
    },
    intent: {},
    want: ['MESSAGE_RATE_LIMIT'],
    details: { limit: '2', found: '3' },
  },
  {
    reason: 'the second is over',
    world: policy({ order: { maxMessagesPerSecond: 2 } }),
    given: (world) => {
      buy('0.1')(world);
      buy('0.2')(world);
      world.advance(1_000);
    },
    intent: {},
    want: [],
  },
  {
    reason: 'the day’s loss reached its limit',
    world: policy({ portfolio: { maxDailyLoss: '50' } }),
    given: (world) => {
      buy('1')(world);
      world.quote('50.95', '51', '10');
    },
    intent: {},
    want: ['DAILY_LOSS_LIMIT'],
    details: { limit: '50', found: '50.1005' },
  },
  {
    reason: 'the day’s loss had reached its limit and shrank again',
    world: policy({ portfolio: { maxDailyLoss: '50' } }),
    given: (world) => {
      buy('1')(world);
      world.quote('50', '51', '10');
      send(world, intentFixture('denied'));
      world.quote('100', '101', '10');
    },
    intent: {},
    want: ['DAILY_LOSS_LIMIT'],
  },
  {
    reason: 'the loss was on the day before',
    world: policy({ portfolio: { maxDailyLoss: '50' } }),
    given: (world) => {
      buy('1')(world);
      world.quote('50', '51', '10');
      send(world, intentFixture('denied'));
      world.advance(12 * 3_600_000);
      world.quote('50', '51', '10');
    },
    intent: { expiresAt: '2026-11-23T00:00:00Z' },
    want: [],
  },
  {
    reason: 'a kill switch holds all orders',
    given: (world) => world.halt(haltFixture(1, 'ENGAGED')),
    intent: {},
    want: ['TRADING_HALTED'],
  },
  {
    reason: 'a kill switch allows only reductions',
    given: (world) => world.halt(haltFixture(1, 'ENGAGED', 'ReduceOnly')),
    intent: {},
    want: ['TRADING_REDUCE_ONLY'],
  },
  { reason: 'exec has never read a halt record', world: { control: false }, intent: {}, want: ['CONTROL_UNKNOWN'] },
  { reason: 'the ledger was not reconciled', world: { reconciled: false }, intent: {}, want: ['RECONCILE_MISMATCH'] },
  {
    reason: 'everything is wrong at once',
    world: {
      config: configFixture({
        policy: policyFixture({
          order: { maxQuantity: '1', maxNotional: '10', priceCollarBps: 1 },
          position: { maxNotional: '10' },
          portfolio: { maxGrossNotional: '10', maxLeverage: '0.00001' },
        }),
        strategies: [{ desiredState: 'Halted', capitalMaxNotional: '10' }],
      }),
    },
    intent: { ...limit('90.001'), quantity: '2.000000001', reduceOnly: true },
    want: [
      'QUANTITY_OFF_LOT',
      'PRICE_OFF_TICK',
      'REDUCE_ONLY_VIOLATION',
      'STRATEGY_HALTED',
      'ORDER_QUANTITY_LIMIT',
      'ORDER_NOTIONAL_LIMIT',
      'PRICE_COLLAR',
      'POSITION_LIMIT',
      'CAPITAL_LIMIT',
      'GROSS_NOTIONAL_LIMIT',
      'LEVERAGE_LIMIT',
    ],
  },
  // A reduction passes every limit on increases.
  {
    reason: 'a reduction meets a paused strategy',
    given: (world) => {
      buy('1')(world);
      world.core.useConfig(configFixture({ strategies: [{ desiredState: 'Paused' }] }));
    },
    intent: SELL_ALL,
    want: [],
  },
  {
    reason: 'a reduction meets a strategy that the configuration no longer has',
    given: (world) => {
      buy('1')(world);
      world.core.useConfig(configFixture({ strategies: [] }));
    },
    intent: SELL_ALL,
    want: [],
  },
  {
    reason: 'a reduction meets a stale price',
    given: (world) => {
      buy('1')(world);
      world.advance(90_000);
    },
    intent: { ...SELL_ALL, expiresAt: '2026-11-22T00:00:00Z' },
    want: [],
  },
  {
    reason: 'a reduction meets a reduce-only kill switch',
    given: (world) => {
      buy('1')(world);
      world.halt(haltFixture(1, 'ENGAGED', 'ReduceOnly'));
    },
    intent: SELL_ALL,
    want: [],
  },
  {
    reason: 'a reduction meets limits that have become tiny',
    given: (world) => {
      buy('1')(world);
      world.core.useConfig(
        policy({
          order: { maxNotional: '1', maxMessagesPerSecond: 1 },
          position: { maxNotional: '1' },
          portfolio: { maxGrossNotional: '1', maxDailyLoss: '0.01' },
        }).config,
      );
    },
    intent: SELL_ALL,
    want: [],
  },
  {
    reason: 'a reduction meets a kill switch that holds everything',
    given: (world) => {
      buy('1')(world);
      world.halt(haltFixture(1, 'ENGAGED'));
    },
    intent: SELL_ALL,
    want: ['TRADING_HALTED'],
  },
  {
    reason: 'a second order for the same position is not a reduction any more',
    world: policy({ position: { maxNotional: '1000' }, order: { maxNotional: '1000', maxMessagesPerSecond: 2 } }),
    given: (world) => {
      buy('1')(world);
      send(world, intentFixture('rests', { ...limit('105'), side: 'SELL', quantity: '1', timeInForce: 'GTC', reduceOnly: true }));
    },
    intent: SELL_ALL,
    want: ['MESSAGE_RATE_LIMIT'],
  },
  {
    reason: 'the order reduces the position of the strategy but not of the account',
    world: { config: configFixture({ strategies: [{}, { name: 'other' }] }) },
    given: (world) => {
      buy('1')(world);
      send(world, intentFixture('short', { strategy: 'other', side: 'SELL', quantity: '1' }));
      world.halt(haltFixture(1, 'ENGAGED', 'ReduceOnly'));
    },
    intent: SELL_ALL,
    want: ['TRADING_REDUCE_ONLY'],
  },
];

for (const { reason, world: options, given, intent, subjectStrategy, want, details } of CASES) {
  test(`runChecks: gives ${want.length === 0 ? 'nothing' : want.join(', ')}, when ${reason}`, async () => {
    const world = await coreUnderTest(options);
    world.quote('100', '101', '10');
    given?.(world);
    const before = world.written.length;
    assert.deepEqual(send(world, intentFixture('tested', intent), subjectStrategy ?? STRATEGY), want);
    const first = world.orderEvents().find((event) => event.intentId === 'tested');
    assert.equal(first?.status, want.length === 0 ? 'ACCEPTED' : 'DENIED');
    if (want.length > 0) assert.equal(world.written.length, before + 1, 'a denial is one event');
    if (details !== undefined) assert.deepEqual(first?.denials?.[0]?.details, details);
  });
}
