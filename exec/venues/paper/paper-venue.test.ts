import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatUnits, parseUnits } from '@flotilla/contracts';
import type { MarketUpdate } from '../../market/market.ts';
import { makeHandClock } from '../../testing/hand-clock.ts';
import type { VenueOrder, VenueReport } from '../venue.ts';
import type { PaperTerms } from './held-orders.ts';
import { makePaperVenue } from './paper-venue.ts';

const TERMS: PaperTerms = { takerFeeBps: 5, makerFeeBps: 0, latencyMs: 0 };

function venueUnderTest(terms: Partial<PaperTerms> = {}) {
  const reports: VenueReport[] = [];
  const clock = makeHandClock();
  const venue = makePaperVenue({ clock, terms: () => ({ ...TERMS, ...terms }), onReport: (report) => reports.push(report) });
  return { venue, reports, advance: (byMs: number) => clock.advance(byMs) };
}

function book(bid: string, ask: string, size: string, shared = false): MarketUpdate {
  const level = (price: string) => ({ price: parseUnits(price), quantity: parseUnits(size) });
  return { instrument: 'X', bid: level(bid), ask: level(ask), shared, reference: parseUnits(bid), receivedAtMs: 0 };
}

function order(orderId: string, overrides: Partial<VenueOrder> = {}): VenueOrder {
  return {
    orderId,
    instrument: 'X',
    side: 'BUY',
    type: 'MARKET',
    quantity: parseUnits('1'),
    limitPrice: undefined,
    timeInForce: 'GTC',
    validUntilMs: 1_000,
    ...overrides,
  };
}

const limit = (price: string) => ({ type: 'LIMIT' as const, limitPrice: parseUnits(price) });
const brief = (report: VenueReport) =>
  report.kind === 'FILL'
    ? `${report.orderId} ${formatUnits(report.quantity)}@${formatUnits(report.price)} ${report.liquidity}`
    : `${report.orderId} ${report.kind}`;

const CASES: readonly {
  readonly reason: string;
  readonly orders: readonly VenueOrder[];
  readonly later?: readonly MarketUpdate[];
  readonly want: readonly string[];
}[] = [
  { reason: 'a market buy takes the ask', orders: [order('a')], want: ['a 1@101 TAKER'] },
  { reason: 'a market sell takes the bid', orders: [order('a', { side: 'SELL' })], want: ['a 1@100 TAKER'] },
  {
    reason: 'the rest of a market GTC waits for the next update',
    orders: [order('a', { quantity: parseUnits('3') })],
    later: [book('100', '102', '2')],
    want: ['a 2@101 TAKER', 'a 1@102 TAKER'],
  },
  {
    reason: 'the rest of an IOC is cancelled',
    orders: [order('a', { quantity: parseUnits('3'), timeInForce: 'IOC' })],
    want: ['a 2@101 TAKER', 'a CANCELLED'],
  },
  {
    reason: 'a FOK that is not shown whole trades nothing',
    orders: [order('a', { quantity: parseUnits('3'), timeInForce: 'FOK' })],
    want: ['a CANCELLED'],
  },
  {
    reason: 'a FOK that is shown whole trades whole',
    orders: [order('a', { quantity: parseUnits('2'), timeInForce: 'FOK' })],
    want: ['a 2@101 TAKER'],
  },
  { reason: 'a crossing limit trades at the better displayed price', orders: [order('a', limit('105'))], want: ['a 1@101 TAKER'] },
  {
    reason: 'a passive limit rests, and later trades at its own price as maker',
    orders: [order('a', limit('99'))],
    later: [book('98', '99.5', '5'), book('97', '98', '5')],
    want: ['a RESTING', 'a 1@99 MAKER'],
  },
  {
    reason: 'an IOC limit that does not cross is cancelled',
    orders: [order('a', { ...limit('99'), timeInForce: 'IOC' })],
    want: ['a CANCELLED'],
  },
  {
    reason: 'two orders share what is shown',
    orders: [order('a'), order('b', { quantity: parseUnits('2') })],
    want: ['a 1@101 TAKER', 'b 1@101 TAKER'],
  },
  { reason: 'an order id is taken once', orders: [order('a'), order('a')], want: ['a 1@101 TAKER'] },
];

for (const { reason, orders, later = [], want } of CASES) {
  test(`paper venue: matches as displayed, when ${reason}`, () => {
    const { venue, reports } = venueUnderTest();
    venue.onMarket(book('100', '101', '2'));
    for (const each of orders) venue.submit(each);
    for (const update of later) venue.onMarket(update);
    assert.deepEqual(reports.map(brief), want);
  });
}

test('paper venue: lets a buyer and a seller share one quantity, when a trade shows one for both sides', () => {
  const { venue, reports } = venueUnderTest();
  venue.onMarket(book('100', '100', '1.5', true));
  venue.submit(order('a'));
  venue.submit(order('b', { side: 'SELL' }));
  assert.deepEqual(reports.map(brief), ['a 1@100 TAKER', 'b 0.5@100 TAKER']);
});

test('paper venue: rests orders and fills none, before the first market update', () => {
  const { venue, reports } = venueUnderTest();
  venue.submit(order('a'));
  venue.submit(order('b', { timeInForce: 'IOC' }));
  assert.deepEqual(reports.map(brief), ['a RESTING', 'b CANCELLED']);
});

test('paper venue: rounds a fee up to a whole millionth', () => {
  const { venue, reports } = venueUnderTest();
  venue.onMarket(book('0.01', '0.01', '1'));
  venue.submit(order('a', { quantity: parseUnits('0.3') }));
  assert.equal(reports[0]?.kind === 'FILL' ? formatUnits(reports[0].fee) : '', '0.000002');
});

test('paper venue: reports after the latency, expires an order that arrives too late, and cancels an order on its way', () => {
  const { venue, reports, advance } = venueUnderTest({ latencyMs: 10 });
  venue.onMarket(book('100', '101', '9'));
  venue.submit(order('in-time'));
  venue.submit(order('late', { validUntilMs: 9 }));
  assert.deepEqual(reports, []);
  advance(10);
  venue.submit(order('under-way'));
  assert.equal(venue.cancelAll('halt'), 1);
  advance(10);
  assert.deepEqual(reports.map(brief), ['in-time 1@101 TAKER', 'late EXPIRED', 'under-way CANCELLED']);
});

test('paper venue: goes on with the next trade id, after it was restored', async () => {
  const { venue, reports } = venueUnderTest();
  venue.restore(
    [{ order: order('a', { ...limit('99'), quantity: parseUnits('5') }), filled: parseUnits('2'), tradeCount: 2 }],
    new Map([['X', parseUnits('2')]]),
  );
  assert.deepEqual(await venue.openOrders(), [{ orderId: 'a', instrument: 'X', leaves: parseUnits('3') }]);
  venue.submit(order('a'));
  venue.onMarket(book('98', '99', '1'));
  assert.equal(reports.length, 0, 'a restored order is open and does not trade before it is resumed');
  venue.resume();
  venue.resume();
  assert.equal(reports.length, 1);
  assert.equal(reports[0]?.kind === 'FILL' ? reports[0].tradeId : '', 'a-2');
  assert.deepEqual(await venue.positions(), new Map([['X', parseUnits('3')]]));
});

const units = (min: number, max: number) => fc.integer({ min, max }).map((value) => BigInt(value) * 10n ** 16n);
const step = fc.oneof(
  fc.record({ kind: fc.constant('market' as const), price: units(90, 110), size: units(0, 500), shared: fc.boolean() }),
  fc.record({
    kind: fc.constant('order' as const),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    quantity: units(1, 400),
    limitPrice: fc.option(units(90, 110), { nil: undefined }),
    timeInForce: fc.constantFrom('GTC' as const, 'IOC' as const, 'FOK' as const),
  }),
);

test('paper venue: never fills more than the displayed quantity, more than the rest of an order, or worse than its limit, for any market', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const orders = new Map<string, { readonly order: VenueOrder; filled: bigint; fills: number }>();
      let shown = { BUY: 0n, SELL: 0n, shared: false };
      const venue = makePaperVenue({
        clock: makeHandClock(),
        terms: () => TERMS,
        onReport(report) {
          if (report.kind !== 'FILL') return;
          const entry = orders.get(report.orderId);
          assert.ok(entry !== undefined);
          const { order: filledOrder } = entry;
          entry.filled += report.quantity;
          assert.ok(report.quantity > 0n && entry.filled <= filledOrder.quantity, 'within the order');
          assert.equal(report.tradeId, `${report.orderId}-${entry.fills}`);
          entry.fills += 1;
          if (filledOrder.timeInForce === 'FOK') assert.equal(entry.filled, filledOrder.quantity);
          if (filledOrder.limitPrice !== undefined) {
            assert.ok(
              filledOrder.side === 'BUY' ? report.price <= filledOrder.limitPrice : report.price >= filledOrder.limitPrice,
              'within the limit',
            );
          }
          shown[filledOrder.side] -= report.quantity;
          if (shown.shared) shown[filledOrder.side === 'BUY' ? 'SELL' : 'BUY'] -= report.quantity;
          assert.ok(shown.BUY >= 0n && shown.SELL >= 0n, 'within what was displayed');
        },
      });
      for (const [index, each] of steps.entries()) {
        if (each.kind === 'market') {
          shown = { BUY: each.size, SELL: each.size, shared: each.shared };
          const level = { price: each.price, quantity: each.size };
          venue.onMarket({ instrument: 'X', bid: level, ask: level, shared: each.shared, reference: each.price, receivedAtMs: 0 });
        } else {
          const { side, quantity, limitPrice, timeInForce } = each;
          const submitted = order(`o${index}`, {
            side,
            quantity,
            limitPrice,
            timeInForce,
            type: limitPrice === undefined ? 'MARKET' : 'LIMIT',
          });
          orders.set(submitted.orderId, { order: submitted, filled: 0n, fills: 0 });
          venue.submit(submitted);
        }
      }
    }),
  );
});
