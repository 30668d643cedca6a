/** Every check at its bound: the last value that passes, and the first one that does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DENIALS } from '@flotilla/contracts/errors/denials.ts';
import { CHECKS } from '../checks/chain.ts';
import { BUY, SELL } from '../orders/order.ts';
import {
  BTC,
  CORE_TERMS,
  ETH,
  fill,
  type LimitsChange,
  limitsWith,
  NEVER_MS,
  openCore,
  orderWith,
  PRICE_AGE_MS_MAX,
  quoteTwice,
  SAP,
  START_MS,
  usd,
} from '../testing/core-world.ts';
import type { Core } from './core.ts';
import type { PlaceOrder } from './core-input.ts';
import { writeCore } from './snapshot.ts';

/** Codes of the checks that the order fails, in their order; `SENT` when it is sent. */
function outcome(core: Core, change: Partial<PlaceOrder>, nowMs = START_MS): string {
  const [event] = core.place(orderWith(change), nowMs);
  if (event?.kind === 'SUBMIT') return 'SENT';
  assert.equal(event?.kind, 'DENIED');
  return CHECKS.filter((_check, bit) => (event.failed & (1 << bit)) !== 0)
    .map(({ code }) => code)
    .join(' ');
}

interface Case {
  readonly why: string;
  readonly limits?: LimitsChange;
  readonly before?: (core: Core) => void;
  readonly order: Partial<PlaceOrder>;
  readonly atMs?: number;
  readonly want: string;
}

const cases: readonly Case[] = [
  { why: 'everything is in order', order: {}, want: 'SENT' },
  { why: 'half a lot is asked for', order: { quantityLots: 0.5 }, want: 'INTENT_INVALID' },
  { why: 'no lot is asked for', order: { quantityLots: 0 }, want: 'INTENT_INVALID' },
  { why: 'the limit price is zero', order: { limitTicks: 0 }, want: 'INTENT_INVALID PRICE_COLLAR' },
  { why: 'the limit price is not above zero', order: { limitTicks: -1 }, want: 'INTENT_INVALID PRICE_COLLAR' },
  { why: 'the order comes in its last millisecond', order: { validUntilMs: START_MS }, want: 'SENT' },
  { why: 'the order comes a millisecond late', order: { validUntilMs: START_MS - 1 }, want: 'INTENT_EXPIRED' },
  { why: 'a reduce-only order has nothing to reduce', order: { isReduceOnly: true }, want: 'REDUCE_ONLY_VIOLATION' },
  { why: 'the account is halted', before: (core) => void core.setMode('HALTED', START_MS), order: {}, want: 'TRADING_HALTED' },
  { why: 'the account only reduces', before: (core) => void core.setMode('REDUCING', START_MS), order: {}, want: 'TRADING_REDUCE_ONLY' },
  { why: 'no halt record was read', before: (core) => void core.setMode('UNKNOWN', START_MS), order: {}, want: 'CONTROL_UNKNOWN' },
  { why: 'the strategy is halted', limits: { mode: 'HALTED' }, order: {}, want: 'STRATEGY_HALTED STRATEGY_NOT_RUNNING' },
  { why: 'the strategy is paused', limits: { mode: 'PAUSED' }, order: {}, want: 'STRATEGY_NOT_RUNNING' },
  { why: 'exec closes its positions', limits: { mode: 'FLATTENING' }, order: {}, want: 'STRATEGY_FLATTENING STRATEGY_NOT_RUNNING' },
  { why: 'no configuration names the strategy', order: { strategy: 3 }, want: 'STRATEGY_UNKNOWN' },
  {
    why: 'another exec runs other limits',
    before: (core) => void core.configure(1, limitsWith(), false, START_MS),
    order: {},
    want: 'POLICY_UNSETTLED',
  },
  { why: 'the instrument is not one of its own', limits: { instruments: [ETH] }, order: {}, want: 'INSTRUMENT_NOT_ALLOWED' },
  { why: 'there is no price', order: { instrument: ETH }, want: 'MARKET_PRICE_MISSING' },
  { why: 'the price is as old as it may be', order: {}, atMs: START_MS + PRICE_AGE_MS_MAX, want: 'SENT' },
  { why: 'the price is a millisecond older', order: {}, atMs: START_MS + PRICE_AGE_MS_MAX + 1, want: 'MARKET_PRICE_STALE' },
  {
    why: 'the price of another position is too old',
    before(core) {
      fill(core, {}, 100);
      quoteTwice(core, ETH, 99, 101, START_MS + PRICE_AGE_MS_MAX + 1);
    },
    order: { instrument: ETH },
    atMs: START_MS + PRICE_AGE_MS_MAX + 1,
    want: 'MARKET_PRICE_STALE',
  },
  {
    why: 'the price of a position that is closed is too old',
    before(core) {
      quoteTwice(core, ETH, 99, 101, START_MS);
      fill(core, { instrument: ETH }, 100);
      fill(core, { instrument: ETH, side: SELL }, 100);
      quoteTwice(core, BTC, 99, 101, START_MS + PRICE_AGE_MS_MAX + 1);
    },
    order: {},
    atMs: START_MS + PRICE_AGE_MS_MAX + 1,
    want: 'SENT',
  },
  {
    why: 'the price of the only position is too old, and was refreshed',
    before(core) {
      fill(core, {}, 100);
      quoteTwice(core, BTC, 99, 101, START_MS + PRICE_AGE_MS_MAX + 1);
    },
    order: {},
    atMs: START_MS + PRICE_AGE_MS_MAX + 1,
    want: 'SENT',
  },
  {
    why: 'an open order counts at its own limit, above the market',
    limits: { portfolio: { maxGrossNotional: '2099.999999' } },
    before: (core) => void core.place(orderWith({ strategy: 2, limitTicks: 110 }), START_MS),
    order: {},
    want: 'GROSS_NOTIONAL_LIMIT',
  },
  {
    why: 'an open order counts at its own limit, and no more',
    limits: { portfolio: { maxGrossNotional: '2100' } },
    before: (core) => void core.place(orderWith({ strategy: 2, limitTicks: 110 }), START_MS),
    order: {},
    want: 'SENT',
  },
  {
    why: 'a position counts at the newest price',
    limits: { portfolio: { maxGrossNotional: '2200' } },
    before(core) {
      fill(core, { strategy: 2 }, 100);
      quoteTwice(core, BTC, 109, 111, START_MS);
    },
    order: { limitTicks: 110 },
    want: 'SENT',
  },
  {
    why: 'a position at the newest price leaves a tick too little',
    limits: { portfolio: { maxGrossNotional: '2199.999999' } },
    before(core) {
      fill(core, { strategy: 2 }, 100);
      quoteTwice(core, BTC, 109, 111, START_MS);
    },
    order: { limitTicks: 110 },
    want: 'GROSS_NOTIONAL_LIMIT',
  },
  {
    why: 'an amount of another currency is at its limit at the rate, rounded up',
    limits: { order: { maxNotional: '333.333334' } },
    before(core) {
      quoteTwice(core, SAP, 99, 101, START_MS);
      core.rate(1, { numerator: 1, denominator: 3 }, START_MS, START_MS);
    },
    order: { instrument: SAP },
    want: 'SENT',
  },
  {
    why: 'an amount of another currency is above its limit at the rate, rounded up',
    limits: { order: { maxNotional: '333.333333' } },
    before(core) {
      quoteTwice(core, SAP, 99, 101, START_MS);
      core.rate(1, { numerator: 1, denominator: 3 }, START_MS, START_MS);
    },
    order: { instrument: SAP },
    want: 'ORDER_NOTIONAL_LIMIT',
  },
  {
    why: 'an amount of another currency has an old rate',
    before(core) {
      core.rate(1, { numerator: 1, denominator: 3 }, START_MS, START_MS);
      quoteTwice(core, SAP, 99, 101, START_MS + 60_001);
    },
    order: { instrument: SAP },
    atMs: START_MS + 60_001,
    want: 'CURRENCY_UNKNOWN',
  },
  {
    why: 'an amount of another currency has no rate',
    before: (core) => quoteTwice(core, SAP, 99, 101, START_MS),
    order: { instrument: SAP },
    want: 'CURRENCY_UNKNOWN',
  },
  { why: 'the quantity is at its limit', limits: { order: { maxQuantity: '10' } }, order: {}, want: 'SENT' },
  {
    why: 'the quantity is a lot above its limit',
    limits: { order: { maxQuantity: '10' } },
    order: { quantityLots: 11 },
    want: 'ORDER_QUANTITY_LIMIT',
  },
  { why: 'the value is at its limit', limits: { order: { maxNotional: '1000' } }, order: {}, want: 'SENT' },
  {
    why: 'the value is a millionth above its limit',
    limits: { order: { maxNotional: '999.999999' } },
    order: {},
    want: 'ORDER_NOTIONAL_LIMIT',
  },
  {
    why: 'a market order is valued at its collar, one tick above the ask',
    limits: { order: { maxNotional: '1019.999999' } },
    order: { limitTicks: undefined },
    want: 'ORDER_NOTIONAL_LIMIT',
  },
  {
    why: 'a market order has its limit at the collar',
    limits: { order: { maxNotional: '1020' } },
    order: { limitTicks: undefined },
    want: 'SENT',
  },
  {
    why: 'the limit price is as far as the collar',
    limits: { order: { priceCollarBps: 1_000 } },
    order: { limitTicks: 110 },
    want: 'SENT',
  },
  {
    why: 'the limit price is a tick beyond the collar',
    limits: { order: { priceCollarBps: 1_000 } },
    order: { limitTicks: 111 },
    want: 'PRICE_COLLAR',
  },
  {
    why: 'the limit price is a tick below the collar',
    limits: { order: { priceCollarBps: 1_000 } },
    order: { limitTicks: 89 },
    want: 'PRICE_COLLAR',
  },
  {
    why: 'the position with the open orders is at its limit',
    limits: { position: { maxNotional: '2000' } },
    before: (core) => void core.place(orderWith(), START_MS),
    order: {},
    want: 'SENT',
  },
  {
    why: 'the position with the open orders is above its limit',
    limits: { position: { maxNotional: '1999.999999' } },
    before: (core) => void core.place(orderWith(), START_MS),
    order: {},
    want: 'POSITION_LIMIT',
  },
  { why: 'the position has as many lots as it may', limits: { position: { maxQuantity: '10' } }, order: {}, want: 'SENT' },
  { why: 'a short position has a lot too many', limits: { position: { maxQuantity: '9' } }, order: { side: SELL }, want: 'POSITION_LIMIT' },
  {
    why: 'the open orders of the other side do not count for a position',
    limits: { position: { maxQuantity: '10' } },
    before: (core) => void core.place(orderWith({ side: SELL }), START_MS),
    order: {},
    want: 'SENT',
  },
  {
    why: 'the open sells and the order are a lot too many',
    limits: { position: { maxQuantity: '19' } },
    before: (core) => void core.place(orderWith({ side: SELL }), START_MS),
    order: { side: SELL },
    want: 'POSITION_LIMIT',
  },
  {
    why: 'a long position leaves a short one more room',
    limits: { position: { maxQuantity: '10' } },
    before: (core) => fill(core, {}, 100),
    order: { side: SELL, quantityLots: 20 },
    want: 'SENT',
  },
  {
    why: 'there is no equity above zero',
    before(core) {
      core.addCapital({ currency: 0, amount: usd('-1000000') }, START_MS);
    },
    order: { quantityLots: 1 },
    want: 'LEVERAGE_LIMIT',
  },
  { why: 'the position has a lot too many', limits: { position: { maxQuantity: '9' } }, order: {}, want: 'POSITION_LIMIT' },
  { why: 'the capital is used up', limits: { capital: '1000' }, order: {}, want: 'SENT' },
  { why: 'the capital does not suffice', limits: { capital: '999' }, order: {}, want: 'CAPITAL_LIMIT' },
  {
    why: 'the capital is that of one strategy, and gross is of all',
    limits: { capital: '1000', portfolio: { maxGrossNotional: '2000' } },
    before: (core) => void core.place(orderWith({ strategy: 2 }), START_MS),
    order: {},
    want: 'SENT',
  },
  {
    why: 'gross with the orders of others is above its limit',
    limits: { portfolio: { maxGrossNotional: '1999.999999' } },
    before: (core) => void core.place(orderWith({ strategy: 2 }), START_MS),
    order: {},
    want: 'GROSS_NOTIONAL_LIMIT',
  },
  { why: 'the leverage is at its limit', limits: { portfolio: { maxLeverage: '0.001' } }, order: {}, want: 'SENT' },
  { why: 'the leverage is above its limit', limits: { portfolio: { maxLeverage: '0.000999' } }, order: {}, want: 'LEVERAGE_LIMIT' },
  {
    why: 'the orders of the second are used up',
    limits: { order: { maxMessagesPerSecond: 1 } },
    before: (core) => void core.place(orderWith(), START_MS),
    order: {},
    want: 'MESSAGE_RATE_LIMIT',
  },
  {
    why: 'the second is over',
    limits: { order: { maxMessagesPerSecond: 1 } },
    before: (core) => void core.place(orderWith(), START_MS),
    order: {},
    atMs: START_MS + 1_000,
    want: 'SENT',
  },
];

for (const { why, limits, before, order, atMs, want } of cases) {
  test(`Core: ${want}, when ${why}`, () => {
    const core = openCore(limits);
    before?.(core);
    assert.equal(outcome(core, { ...order }, atMs), want);
  });
}

test('Core: sends a reduction whatever the limits, the prices and the mode say, but not under a halt', () => {
  const core = openCore();
  fill(core, {}, 100);
  core.configure(1, undefined, false, START_MS);
  core.setMode('UNKNOWN', START_MS);
  const late = START_MS + 3_600_000;
  assert.equal(outcome(core, { side: SELL, quantityLots: 4, limitTicks: undefined, isReduceOnly: true }, late), 'SENT');
  // The open reduction counts: what is left to close is six lots.
  assert.match(outcome(core, { side: SELL, quantityLots: 7, limitTicks: undefined }, late), /CONTROL_UNKNOWN/);
  assert.equal(outcome(core, { side: SELL, quantityLots: 6, limitTicks: undefined }, late), 'SENT');
  core.setMode('HALTED', late);
  assert.equal(outcome(core, { side: SELL, quantityLots: 1, validUntilMs: NEVER_MS }, late).split(' ')[0], 'TRADING_HALTED');
});

test('Core: bounds the open orders, but a reduction passes', () => {
  const core = openCore({}, { ...CORE_TERMS, openOrdersMax: 2 });
  fill(core, {}, 100);
  assert.deepEqual([outcome(core, {}), outcome(core, {}), outcome(core, {})], ['SENT', 'SENT', 'OPEN_ORDERS_LIMIT']);
  assert.equal(outcome(core, { side: SELL, limitTicks: undefined }), 'SENT');
});

test('Core: a market order carries its collar, on the side that costs', () => {
  const core = openCore();
  const collarOf = (side: typeof BUY | typeof SELL): number | undefined => {
    const [event] = core.place(orderWith({ side, limitTicks: undefined }), START_MS);
    return event?.kind === 'SUBMIT' ? event.request.collarTicks : undefined;
  };
  assert.deepEqual([collarOf(BUY), collarOf(SELL)], [102, 99]);
});

test('explain: names every check that fails with its numbers, and changes nothing', () => {
  const core = openCore({ order: { maxNotional: '999' }, capital: '500' });
  const print = {
    ticks: (_instrument: number, ticks: number) => `${ticks}`,
    lots: (_instrument: number, lots: number) => `${lots}`,
    amount: (amount: { toBigInt(): bigint }) => `${amount.toBigInt() / 1_000_000n}`,
    instrument: (instrument: number) => (instrument === BTC ? 'BTC' : 'other'),
  };
  const before = writeCore(core, 0);
  assert.deepEqual(core.explain(orderWith(), START_MS, print), [
    { code: 'ORDER_NOTIONAL_LIMIT', numbers: { limit: '999', found: '1000' } },
    { code: 'CAPITAL_LIMIT', numbers: { limit: '500', found: '1000' } },
  ]);
  assert.equal(core.openOrderCount(), 0);
  assert.deepEqual(writeCore(core, 0), before);
});

test('CHECKS: each has its bit, and a code of exec or one of the three that exec does not know yet', () => {
  assert.ok(CHECKS.length <= 31);
  assert.equal(new Set(CHECKS.map(({ code }) => code)).size, CHECKS.length);
  assert.deepEqual(
    CHECKS.map(({ code }) => code).filter((code) => !(code in DENIALS)),
    ['OPEN_ORDERS_LIMIT', 'CURRENCY_UNKNOWN', 'BUYING_POWER'],
  );
});
