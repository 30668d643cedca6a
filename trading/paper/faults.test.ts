/** Faults that users of other engines reported, each with the right outcome, from market data to the ledger. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { CHECKS } from '../checks/chain.ts';
import type { CoreEvent } from '../core/core-event.ts';
import type { CoreTerms } from '../core/core-terms.ts';
import { BaseValue } from '../ledger/base-value.ts';
import { printAmount } from '../ledger/currency.ts';
import { compileTerms } from '../ledger/instrument-terms.ts';
import { rateOf } from '../ledger/rates.ts';
import { BUY, SELL } from '../orders/order.ts';
import { makeModels } from '../simulator/models/models.ts';
import { BTC, CORE_TERMS, DAY, ETH, type LimitsChange, limitsWith, orderWith, START_MS, USD, usd } from '../testing/core-world.ts';
import { PaperAccount } from './paper-account.ts';

const HOUR_MS = 3_600_000;

interface Desk {
  readonly paper: PaperAccount;
  readonly events: CoreEvent[];
  /** A quote with this middle, twice, so that it counts. */
  quote(instrument: number, middle: number, nowMs: number, lots?: number): void;
  /** What `place` gives: SENT, or the codes of the denial. */
  place(change: Parameters<typeof orderWith>[0], nowMs: number): string;
  fills(): readonly (readonly [lots: number, ticks: number])[];
  amountOf(what: 'profit' | 'equity', nowMs: number): string;
}

let sequence = 0;

function openDesk(cash: string, change: LimitsChange = {}, terms: CoreTerms = CORE_TERMS): Desk {
  const events: CoreEvent[] = [];
  const none = { kind: 'NONE' } as const;
  const models = makeModels({ latency: none, queue: none, fee: none, slippage: none, impact: none }, makeSequence(1));
  const paper = new PaperAccount({
    core: terms,
    onEvent: (event) => void events.push(event),
    venueOf: (instrument) => ({
      models,
      contract: { inverseUnits: terms.account.instruments[instrument]?.inverseUnits },
      depthUse: 'CONSUMED',
      barPath: 'ADAPTIVE',
      dataAgeMsMax: 10_000,
      marketOrderAgeMsMax: 60_000,
      collarBps: 100,
    }),
  });
  const { core } = paper;
  core.addCapital({ currency: 0, amount: usd(cash) }, START_MS);
  core.setMode('ACTIVE', START_MS);
  for (const strategy of [1, 2]) core.configure(strategy, limitsWith(change), true, START_MS);
  core.openDay(DAY, START_MS);
  return {
    paper,
    events,
    quote(instrument, middle, nowMs, lots = 1_000_000) {
      for (let time = 0; time < 2; time += 1) {
        sequence += 1;
        paper.quote(instrument, { bidTicks: middle, askTicks: middle, bidLots: lots, askLots: lots }, nowMs, sequence, nowMs);
      }
    },
    place(placed, nowMs) {
      const from = events.length;
      paper.place(orderWith(placed), nowMs);
      const denied = events.slice(from).find((event) => event.kind === 'DENIED');
      if (denied?.kind !== 'DENIED') return 'SENT';
      return CHECKS.filter((_check, bit) => (denied.failed & (1 << bit)) !== 0)
        .map(({ code }) => code)
        .join(' ');
    },
    fills: () => events.flatMap((event) => (event.kind === 'FILL' ? [[event.quantityLots, event.priceTicks] as const] : [])),
    amountOf(what, nowMs) {
      const value = new BaseValue();
      core.account().measure(what, undefined, nowMs, value);
      return value.state === 'KNOWN' ? printAmount(value.amount(), USD) : value.state;
    },
  };
}

test('a loss that was made before the first order of the day counts: risk moves with prices, not with orders', () => {
  const desk = openDesk('1000000', { portfolio: { maxDailyLoss: '2500' } });
  desk.quote(BTC, 60_000, START_MS);
  assert.equal(desk.place({ quantityLots: 1, limitTicks: undefined }, START_MS), 'SENT');
  const midnight = START_MS + 24 * HOUR_MS;
  desk.quote(BTC, 60_000, midnight);
  desk.paper.core.openDay(DAY + 1, midnight);
  const morning = midnight + 9 * HOUR_MS;
  desk.quote(BTC, 50_000, morning);
  assert.equal(desk.place({ quantityLots: 1, limitTicks: undefined }, morning), 'DAILY_LOSS_LIMIT');
  // Even when the loss becomes smaller, until the next day.
  desk.quote(BTC, 60_000, morning + 1);
  assert.equal(desk.place({ quantityLots: 1, limitTicks: undefined }, morning + 1), 'DAILY_LOSS_LIMIT');
  const next = midnight + 24 * HOUR_MS;
  desk.quote(BTC, 60_000, next);
  desk.paper.core.openDay(DAY + 2, next);
  assert.equal(desk.place({ quantityLots: 1, limitTicks: undefined }, next), 'SENT');
});

test('a profit in another currency is converted: 10,000 USD-JPY from 150.1 to 152 is 125.00 USD', () => {
  const JPY = { scale: 6, digits: 0 };
  const text = { tickSize: '0.1', lotSize: '1', multiplier: '1', isInverse: false, isMargined: true };
  const desk = openDesk(
    '1000000',
    { order: { maxNotional: '20000' } },
    {
      ...CORE_TERMS,
      account: { ...CORE_TERMS.account, currencies: [USD, JPY], instruments: [compileTerms(text, 1, JPY)] },
      bandBps: [10_000],
    },
  );
  const rate = (price: string, nowMs: number): void => {
    desk.paper.core.rate(1, rateOf(price, 'FROM_PER_BASE', { from: JPY, base: USD }), nowMs, nowMs);
  };
  rate('150.1', START_MS);
  desk.quote(0, 1_501, START_MS);
  assert.equal(desk.place({ instrument: 0, quantityLots: 10_000, limitTicks: 1_501 }, START_MS), 'SENT');
  rate('152', START_MS + 1);
  desk.quote(0, 1_520, START_MS + 1);
  assert.equal(desk.amountOf('profit', START_MS + 1), '125.00');
});

test('what is left of a market order is bounded by its collar and by its age', () => {
  const desk = openDesk('10000000');
  desk.quote(BTC, 60_000, START_MS, 1);
  desk.place({ quantityLots: 4, limitTicks: undefined }, START_MS);
  const filled = desk.fills().length;
  // Two hours later the market is far away, and the rest has ended.
  const later = START_MS + 2 * HOUR_MS;
  desk.quote(BTC, 90_000, later);
  assert.equal(desk.fills().length, filled);
  assert.ok(desk.fills().every(([, ticks]) => ticks === 60_000));
  assert.equal(desk.paper.core.openOrderCount(), 0);
});

test('a reduction waits for a fresh price', () => {
  const desk = openDesk('1000000');
  desk.quote(BTC, 60_000, START_MS);
  desk.place({ quantityLots: 1, limitTicks: undefined }, START_MS);
  const later = START_MS + 3 * HOUR_MS;
  assert.equal(desk.place({ side: SELL, quantityLots: 1, limitTicks: undefined }, later), 'SENT');
  assert.deepEqual(desk.fills(), [[1, 60_000]]);
  desk.quote(BTC, 59_900, later + 1_000);
  assert.deepEqual(desk.fills(), [
    [1, 60_000],
    [1, 59_900],
  ]);
});

test('no strategy is locked into its position: the exit of one strategy passes, although the net of the account grows', () => {
  const desk = openDesk('1000000', { portfolio: { maxDailyLoss: '1000' } });
  desk.quote(BTC, 60_000, START_MS);
  desk.place({ quantityLots: 5, limitTicks: undefined }, START_MS);
  assert.equal(desk.place({ strategy: 2, side: SELL, quantityLots: 4, limitTicks: undefined }, START_MS), 'SENT');
  desk.quote(BTC, 50_000, START_MS + 1);
  assert.equal(desk.place({ quantityLots: 1, limitTicks: undefined }, START_MS + 1), 'DAILY_LOSS_LIMIT');
  assert.equal(desk.place({ side: SELL, quantityLots: 5, limitTicks: undefined }, START_MS + 1), 'SENT');
  assert.equal(desk.paper.core.account().lots(1, BTC), 0);
  assert.equal(desk.paper.core.account().lots(2, BTC), -4);
});

test('what is bought has to be paid for, when no policy allows leverage', () => {
  const unnamed = { portfolio: { maxLeverage: undefined } } as unknown as LimitsChange;
  const poor = openDesk('1000', unnamed);
  poor.quote(BTC, 60_000, START_MS);
  assert.equal(poor.place({ quantityLots: 1, limitTicks: 60_000 }, START_MS), 'BUYING_POWER');
  const rich = openDesk('60000', unnamed);
  rich.quote(BTC, 60_000, START_MS);
  assert.equal(rich.place({ quantityLots: 1, limitTicks: 60_000 }, START_MS), 'SENT');
});

test('a split changes no profit: 100 at 500 are 400 at 125', () => {
  const desk = openDesk('1000000');
  desk.quote(BTC, 500, START_MS);
  desk.place({ quantityLots: 100, limitTicks: undefined }, START_MS);
  desk.paper.core.split(BTC, { numerator: 4, denominator: 1, ticksInLieu: 125 }, START_MS + 1);
  assert.equal(desk.amountOf('profit', START_MS + 1), 'UNPRICED');
  assert.match(desk.place({ instrument: BTC, quantityLots: 1, limitTicks: 125 }, START_MS + 1), /^MARKET_PRICE_MISSING/);
  // The position without a price binds the orders in every other instrument too.
  desk.quote(ETH, 400, START_MS + 1);
  assert.match(desk.place({ instrument: ETH, quantityLots: 1, limitTicks: 400 }, START_MS + 1), /^MARKET_PRICE_STALE/);
  desk.quote(BTC, 125, START_MS + 2);
  assert.equal(desk.paper.core.account().lots(1, BTC), 400);
  assert.equal(desk.amountOf('profit', START_MS + 2), '0.00');
  assert.equal(desk.place({ instrument: ETH, quantityLots: 1, limitTicks: 399 }, START_MS + 2), 'SENT');
  assert.equal(desk.place({ side: SELL, quantityLots: 400, limitTicks: undefined }, START_MS + 2), 'SENT');
  assert.equal(desk.amountOf('equity', START_MS + 2), '1000000.00');
});

test('one bad tick fills nothing, and moves no profit', () => {
  const desk = openDesk('1000000', {}, { ...CORE_TERMS, bandBps: [1_000, 1_000, 1_000] });
  desk.quote(BTC, 60_000, START_MS);
  desk.place({ quantityLots: 1, limitTicks: undefined }, START_MS);
  sequence += 1;
  desk.paper.quote(BTC, { bidTicks: 600, askTicks: 600, bidLots: 10, askLots: 10 }, START_MS + 1, sequence, START_MS + 1);
  assert.equal(desk.amountOf('profit', START_MS + 1), '0.00');
  desk.place({ side: SELL, quantityLots: 1, limitTicks: undefined }, START_MS + 1);
  assert.deepEqual(desk.fills(), [[1, 60_000]]);
  desk.quote(BTC, 59_990, START_MS + 2);
  assert.deepEqual(desk.fills().slice(1), [[1, 59_990]]);
});

test('data from far ahead does not make everything after it late', () => {
  const desk = openDesk('1000000');
  sequence += 1;
  desk.paper.core.quote(BTC, { bidTicks: 1, askTicks: 2, bidLots: 1, askLots: 1 }, START_MS + 24 * HOUR_MS, sequence, START_MS);
  desk.quote(BTC, 60_000, START_MS);
  assert.equal(desk.place({ quantityLots: 1, limitTicks: 60_000 }, START_MS), 'SENT');
});

test('prices of two instruments never mix', () => {
  const desk = openDesk('1000000');
  desk.quote(BTC, 60_000, START_MS);
  desk.quote(ETH, 400, START_MS);
  desk.place({ instrument: ETH, side: BUY, quantityLots: 2, limitTicks: undefined }, START_MS);
  assert.deepEqual(desk.fills(), [[2, 400]]);
});
