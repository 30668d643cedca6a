/** A core for tests: USD, BTC in ticks of one and lots of one, EUR-settled SAP, and limits that a test can change one at a time. */
import { compileLimits, type LimitsText, type StrategyLimits } from '../checks/limits.ts';
import { Core } from '../core/core.ts';
import type { PlaceOrder } from '../core/core-input.ts';
import type { CoreTerms } from '../core/core-terms.ts';
import { readAmount } from '../ledger/currency.ts';
import { compileTerms } from '../ledger/instrument-terms.ts';
import { ExactSum } from '../numbers/exact-sum.ts';
import { BUY } from '../orders/order.ts';

export const USD = { scale: 6, digits: 2 };
export const EUR = { scale: 6, digits: 2 };
const TEXT = { tickSize: '1', lotSize: '1', multiplier: '1', isInverse: false, isMargined: false };
export const BTC = 0;
export const ETH = 1;
/** Settled in EUR. */
export const SAP = 2;
export const START_MS = Date.parse('2026-11-30T00:00:01Z');
export const DAY = 20_787;
export const PRICE_AGE_MS_MAX = 10_000;
export const NEVER_MS = Number.MAX_SAFE_INTEGER;

export const CORE_TERMS: CoreTerms = {
  account: {
    base: 0,
    currencies: [USD, EUR],
    instruments: [compileTerms(TEXT, 0, USD), compileTerms(TEXT, 0, USD), compileTerms(TEXT, 1, EUR)],
    method: 'AVERAGE',
    rateAgeMsMax: 60_000,
  },
  bandBps: [10_000, 10_000, 10_000],
  priceAgeMsMax: PRICE_AGE_MS_MAX,
  marketCollarBps: 100,
  openOrdersMax: 100,
};

const POLICY: LimitsText['policy'] = {
  order: { maxNotional: '1000000', priceCollarBps: 1_000, maxMessagesPerSecond: 100 },
  position: { maxNotional: '1000000' },
  portfolio: { maxGrossNotional: '1000000', maxLeverage: '10', maxDailyLoss: '1000000' },
};

export interface LimitsChange {
  readonly order?: Partial<LimitsText['policy']['order']>;
  readonly position?: Partial<LimitsText['policy']['position']>;
  readonly portfolio?: Partial<LimitsText['policy']['portfolio']>;
  readonly capital?: string;
  readonly mode?: StrategyLimits['mode'];
  readonly instruments?: readonly number[];
}

export function limitsWith(change: LimitsChange = {}): StrategyLimits {
  const policy = {
    order: { ...POLICY.order, ...change.order },
    position: { ...POLICY.position, ...change.position },
    portfolio: { ...POLICY.portfolio, ...change.portfolio },
  };
  const { capital = '1000000', mode = 'RUNNING', instruments = [BTC, ETH, SAP] } = change;
  return compileLimits({ policy, capitalMaxNotional: capital, mode, instruments }, USD, (quantity) => Math.floor(Number(quantity)));
}

export function usd(text: string): ExactSum {
  const sum = new ExactSum();
  readAmount(text, USD, sum);
  return sum;
}

/** A core that trades: limits, capital of 1,000,000, an open day, and the price of BTC at 99 and 101. */
export function openCore(change: LimitsChange = {}, terms: CoreTerms = CORE_TERMS): Core {
  const core = new Core(terms);
  core.addCapital({ currency: 0, amount: usd('1000000') }, START_MS);
  core.setMode('ACTIVE', START_MS);
  core.configure(1, limitsWith(change), true, START_MS);
  core.configure(2, limitsWith(change), true, START_MS);
  core.openDay(DAY, START_MS);
  quoteTwice(core, BTC, 99, 101, START_MS);
  return core;
}

/** The first price needs a second one that agrees. */
export function quoteTwice(core: Core, instrument: number, bidTicks: number, askTicks: number, nowMs: number): void {
  const sides = { bidTicks, askTicks, bidLots: 1_000, askLots: 1_000 };
  core.quote(instrument, sides, nowMs, 2 * counter(), nowMs);
  core.quote(instrument, sides, nowMs, 2 * counter(), nowMs);
}

let sequence = 0;
function counter(): number {
  sequence += 1;
  return sequence;
}

let lastId = 0;
export function orderWith(change: Partial<PlaceOrder> = {}): PlaceOrder {
  lastId += 1;
  return {
    orderId: lastId,
    strategy: 1,
    instrument: BTC,
    side: BUY,
    quantityLots: 10,
    limitTicks: 100,
    timeInForce: 'GTC',
    expiryMs: undefined,
    validUntilMs: NEVER_MS,
    isPostOnly: false,
    isReduceOnly: false,
    isOwn: false,
    ...change,
  };
}

/** Places an order and lets the venue fill it whole. */
export function fill(core: Core, change: Partial<PlaceOrder>, priceTicks: number, nowMs = START_MS): void {
  const order = orderWith(change);
  const [first] = core.place(order, nowMs);
  if (first?.kind !== 'SUBMIT') throw new Error(`expected the order to be sent, found ${JSON.stringify(first)}`);
  const fee = new ExactSum();
  const { orderId, quantityLots } = order;
  core.report({ kind: 'FILLED', orderId, tradeId: `${orderId}-0`, priceTicks, quantityLots, liquidity: 'TAKER', fee }, nowMs);
}
