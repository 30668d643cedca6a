/** Every limit at its bound, one step below and one step above. A step is the smallest that exec can represent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Denial, denialSchema, UNITS_PER_ONE } from '@flotilla/contracts';
import { configFixture, intentFixture, policyFixture, STRATEGY, type PolicyOverrides } from '../testing/fixtures.ts';
import { capitalLimit } from './capital-limit.ts';
import { type Check, type CheckContext, deny, type PricedExposure } from './check.ts';
import { dailyLoss } from './daily-loss.ts';
import { reduces, worstOnSide } from './position-exposure.ts';
import { grossLimit } from './gross-limit.ts';
import { leverageLimit } from './leverage-limit.ts';
import { marketPricePresent } from './market-price-present.ts';
import { messageRate } from './message-rate.ts';
import { orderNotional } from './order-notional.ts';
import { orderQuantity } from './order-quantity.ts';
import { policySettled } from './policy-settled.ts';
import { positionLimit } from './position-limit.ts';
import { priceCollar } from './price-collar.ts';

const units = (whole: number): bigint => BigInt(whole) * UNITS_PER_ONE;
const FLAT = { position: 0n, openBuy: 0n, openSell: 0n };

/** The context of a buy of 10 at a market price of 100, so with a notional of 1,000. */
function contextOf(overrides: Partial<CheckContext> = {}, policy: PolicyOverrides = {}): CheckContext {
  const effective = policyFixture(policy);
  const [strategy] = configFixture({ policy: effective }).strategies;
  return {
    intent: intentFixture('i', { quantity: '10' }),
    subjectStrategy: STRATEGY,
    numbers: { quantity: units(10), limitPrice: undefined },
    strategy,
    policy: effective,
    unsettledPolicies: [],
    confirmationAgeMs: 0,
    market: { reference: units(100) },
    exposure: FLAT,
    exposures: [],
    equity: units(1_000_000),
    dayProfit: 0n,
    dayLossReached: false,
    messagesWithinSecond: 0,
    ...overrides,
  } as Partial<CheckContext> as CheckContext;
}

const quantity = (step: bigint): Partial<CheckContext> => ({ numbers: { quantity: units(10) + step, limitPrice: undefined } });
const capital = (step: bigint): CheckContext => {
  const context = contextOf(quantity(step));
  assert.ok(context.strategy !== undefined);
  return { ...context, strategy: { ...context.strategy, capitalMaxNotional: '1000' } };
};

for (const { name, check, at, allowed } of [
  {
    name: 'order quantity',
    check: orderQuantity,
    at: (step: bigint) => contextOf(quantity(step), { order: { maxQuantity: '10' } }),
    allowed: 0,
  },
  {
    name: 'order notional',
    check: orderNotional,
    at: (step: bigint) => contextOf(quantity(step), { order: { maxNotional: '1000' } }),
    allowed: 0,
  },
  {
    name: 'position quantity',
    check: positionLimit,
    at: (step: bigint) => contextOf(quantity(step), { position: { maxQuantity: '10' } }),
    allowed: 0,
  },
  {
    name: 'position notional',
    check: positionLimit,
    at: (step: bigint) => contextOf(quantity(step), { position: { maxNotional: '1000' } }),
    allowed: 0,
  },
  { name: 'capital of the strategy', check: capitalLimit, at: capital, allowed: 0 },
  {
    name: 'gross notional',
    check: grossLimit,
    at: (step: bigint) => contextOf(quantity(step), { portfolio: { maxGrossNotional: '1000' } }),
    allowed: 0,
  },
  {
    name: 'leverage',
    check: leverageLimit,
    at: (step: bigint) => contextOf({ ...quantity(step), equity: units(500) }, { portfolio: { maxLeverage: '2' } }),
    allowed: 0,
  },
  {
    name: 'price collar above the market',
    check: priceCollar,
    at: (step: bigint) =>
      contextOf({ numbers: { quantity: units(10), limitPrice: units(101) + step } }, { order: { priceCollarBps: 100 } }),
    allowed: 0,
  },
  {
    name: 'price collar below the market',
    check: priceCollar,
    at: (step: bigint) => contextOf({ numbers: { quantity: units(10), limitPrice: units(99) - step } }, { order: { priceCollarBps: 100 } }),
    allowed: 0,
  },
  // A loss of exactly the limit has reached the limit. So has the order that completes the count.
  {
    name: 'daily loss',
    check: dailyLoss,
    at: (step: bigint) => contextOf({ dayProfit: -units(500) - step }, { portfolio: { maxDailyLoss: '500' } }),
    allowed: -1,
  },
  {
    name: 'message rate',
    check: messageRate,
    at: (step: bigint) => contextOf({ messagesWithinSecond: 20 + Number(step) }, { order: { maxMessagesPerSecond: 20 } }),
    allowed: -1,
  },
  {
    name: 'age of the confirmation of limits',
    check: policySettled,
    at: (step: bigint) => contextOf({ confirmationAgeMs: 10_000 + Number(step) }),
    allowed: 0,
  },
] as const satisfies readonly { name: string; check: Check; at: (step: bigint) => CheckContext; allowed: -1 | 0 }[]) {
  for (const [step, where] of [
    [-1n, 'one step below'],
    [0n, 'at'],
    [1n, 'one step above'],
  ] as const) {
    const passes = step <= BigInt(allowed);
    test(`${name}: ${passes ? 'passes' : 'is denied'} ${where} the bound`, () => {
      const denial: Denial | undefined = check(at(step));
      assert.equal(denial === undefined, passes, JSON.stringify(denial));
    });
  }
}

test('leverageLimit: counts positions of every strategy, and denies without equity', () => {
  const other: PricedExposure = { strategy: 'other', instrument: 'ETH-USD', exposure: { ...FLAT, position: units(1) }, price: units(1) };
  const limits = { portfolio: { maxLeverage: '2' } };
  assert.equal(leverageLimit(contextOf({ equity: units(500), exposures: [] }, limits)), undefined);
  const { details } = leverageLimit(contextOf({ equity: units(500), exposures: [other] }, limits)) ?? {};
  assert.deepEqual(details, { limit: '2', gross: '1001', equity: '500' });
  for (const [equity, found] of [
    [undefined, 'unknown'],
    [0n, '0'],
    [-1n, '-0.000000000000000001'],
  ] as const) {
    assert.deepEqual(leverageLimit(contextOf({ equity }, limits))?.details, { limit: '2', equity: found });
  }
  const tiny = contextOf({ equity: 1n, numbers: { quantity: 0n, limitPrice: undefined } }, limits);
  assert.equal(leverageLimit(tiny), undefined, 'the smallest equity carries no position');
});

test('dailyLoss: denies for the rest of the day once the limit was reached, and while the loss is not known', () => {
  assert.equal(dailyLoss(contextOf({ dayProfit: units(1), dayLossReached: true }))?.code, 'DAILY_LOSS_LIMIT');
  const unknown = dailyLoss(contextOf({ dayProfit: undefined }));
  assert.deepEqual([unknown?.code, unknown?.details['found']], ['DAILY_LOSS_LIMIT', 'unknown']);
});

test('reduces: is false for an order of zero, true for the whole position, and false one step above', () => {
  const long = { ...FLAT, position: units(1) };
  assert.deepEqual(
    [0n, 1n, units(1), units(1) + 1n].map((size) => reduces(long, 'SELL', size)),
    [false, true, true, false],
  );
});

test('worst gross: skips flat positions, counts other strategies only for limits of the portfolio, and needs every price', () => {
  const flat: PricedExposure = { strategy: 'other', instrument: 'A', exposure: FLAT, price: undefined };
  const held: PricedExposure = { ...flat, exposure: { ...FLAT, position: 1n }, price: units(1) };
  const limits = { portfolio: { maxGrossNotional: '1000' } };
  assert.equal(grossLimit(contextOf({ exposures: [flat] }, limits)), undefined);
  const above = contextOf({ ...quantity(1n), exposures: [flat] }, limits);
  assert.equal(grossLimit(above)?.code, 'GROSS_NOTIONAL_LIMIT', 'the limit holds beside a flat position without a price');
  assert.equal(grossLimit(contextOf({ exposures: [held] }, limits))?.code, 'GROSS_NOTIONAL_LIMIT');
  assert.equal(capitalLimit({ ...capital(0n), exposures: [held] }), undefined);
  assert.equal(
    grossLimit(contextOf({ exposures: [{ ...held, price: undefined }] }, limits)),
    undefined,
    'market-price-present denies instead',
  );
});

test('marketPricePresent: needs a price for the smallest position, and none for a flat one', () => {
  const flat: PricedExposure = { strategy: 'other', instrument: 'A', exposure: FLAT, price: undefined };
  assert.equal(marketPricePresent(contextOf({ exposures: [flat] })), undefined);
  assert.equal(
    marketPricePresent(contextOf({ exposures: [{ ...flat, exposure: { ...FLAT, position: 1n } }] }))?.code,
    'MARKET_PRICE_MISSING',
  );
});

test('worstOnSide: is zero for an order that leaves the position on the other side', () => {
  assert.equal(worstOnSide({ ...FLAT, position: -units(5), openBuy: units(2) }, 'BUY'), 0n);
  assert.equal(worstOnSide({ ...FLAT, position: units(5), openSell: units(2) }, 'SELL'), 0n);
});

test('priceCollar, policySettled: leave an order without market price, policy or strategy to the checks of the missing input', () => {
  const limit = { numbers: { quantity: units(10), limitPrice: units(1) } };
  assert.equal(priceCollar(contextOf({ ...limit, market: undefined })), undefined);
  assert.equal(priceCollar(contextOf({ ...limit, policy: undefined })), undefined);
  assert.equal(policySettled(contextOf({ strategy: undefined, confirmationAgeMs: undefined })), undefined);
});

test('deny: cuts long details, so that the contract takes the denial', () => {
  const denial = deny('INTENT_INVALID', 'the intent must name portfolio main', { found: 'x'.repeat(1_000) });
  assert.deepEqual(denialSchema.parse(denial), denial);
});
