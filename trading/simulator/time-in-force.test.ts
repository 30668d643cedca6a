/** Times in force, post-only and reduce-only orders of the simulator, and requests that the venue rejects. */
import { buy, cancel, limit, quote, sell, START_MS, trade, type Wish, wait } from './testing/scenario.ts';
import { tellStories } from './testing/tell-stories.ts';

const shown = quote(100, 5, 101, 5);
const DAY_MS = 86_400_000;
const ioc = { timeInForce: 'IOC' } as const;
const fok = { timeInForce: 'FOK' } as const;
const until = (expiryMs: number): Wish => ({ timeInForce: 'GTD', expiryMs });

tellStories('time in force', [
  {
    reason: 'an IOC limit that does not cross is cancelled',
    when: [shown, buy(1, 1, limit(100, ioc))],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'the rest of an IOC order is cancelled',
    when: [shown, buy(1, 8, limit(101, ioc))],
    want: ['1 5@101 TAKER', '1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  { reason: 'an IOC order that trades whole is not cancelled', when: [shown, buy(1, 5, limit(101, ioc))], want: ['1 5@101 TAKER'] },
  {
    reason: 'the rest of an IOC sale is cancelled',
    when: [shown, sell(1, 6, ioc)],
    want: ['1 5@100 TAKER', '1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'an IOC order never meets a later quote',
    when: [shown, buy(1, 8, ioc), shown],
    want: ['1 5@101 TAKER', '1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'a FOK order that is not shown whole trades nothing',
    when: [shown, buy(1, 6, fok)],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  { reason: 'a FOK order that is shown whole trades whole', when: [shown, buy(1, 5, fok)], want: ['1 5@101 TAKER'] },
  {
    reason: 'a FOK order meets what an order before it has left',
    when: [shown, buy(1, 1), buy(2, 5, fok)],
    want: ['1 1@101 TAKER', '2 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'with a renewed depth, a FOK order meets the whole quantity',
    given: { terms: { depthUse: 'RENEWED' } },
    when: [shown, buy(1, 1), buy(2, 5, fok)],
    want: ['1 1@101 TAKER', '2 5@101 TAKER'],
  },
  {
    reason: 'a FOK order beyond its limit is cancelled',
    when: [shown, sell(1, 1, limit(101, fok))],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'a FOK order with a quote of zero lots is cancelled',
    when: [quote(100, 0, 101, 0), buy(1, 1, fok)],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'a GTC order stays for a day',
    when: [shown, buy(1, 1, limit(99)), wait(DAY_MS), quote(97, 5, 98, 5)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'a GTD order expires at its time',
    when: [shown, buy(1, 1, limit(99, until(START_MS + 1_000))), wait(1_000)],
    want: ['1 EXPIRED EXPIRY_REACHED'],
  },
  {
    reason: 'a GTD order trades one millisecond before its time',
    when: [shown, buy(1, 1, limit(99, until(START_MS + 1_000))), wait(999), quote(97, 5, 98, 5), wait(1)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'a GTD order trades nothing in the millisecond of its time',
    when: [shown, buy(1, 1, limit(99, until(START_MS + 1_000))), wait(1_000), quote(97, 5, 98, 5)],
    want: ['1 EXPIRED EXPIRY_REACHED'],
  },
  {
    reason: 'the rest of a GTD order expires',
    when: [shown, buy(1, 8, limit(101, until(START_MS + 1_000))), wait(2_000)],
    want: ['1 5@101 TAKER', '1 EXPIRED EXPIRY_REACHED'],
  },
  {
    reason: 'two GTD orders expire in the order of their times',
    when: [buy(1, 1, limit(99, until(START_MS + 900))), buy(2, 1, limit(99, until(START_MS + 500))), wait(1_000)],
    want: ['2 EXPIRED EXPIRY_REACHED', '1 EXPIRED EXPIRY_REACHED'],
  },
  {
    reason: 'a cancelled GTD order does not expire',
    when: [buy(1, 1, limit(99, until(START_MS + 500))), cancel(1), wait(1_000)],
    want: ['1 CANCELED REQUESTED'],
  },
  {
    reason: 'a GTD market order expires when its time comes before its age',
    when: [buy(1, 1, until(START_MS + 1_000)), wait(2_000)],
    want: ['1 EXPIRED EXPIRY_REACHED'],
  },
  {
    reason: 'a GTD market order is cancelled when its age comes before its time',
    when: [buy(1, 1, until(START_MS + DAY_MS)), wait(60_000)],
    want: ['1 CANCELED MARKET_ORDER_TOO_OLD'],
  },
  { reason: 'a GTD order of now is in the past', when: [buy(1, 1, limit(99, until(START_MS)))], want: ['1 REJECTED EXPIRY_PAST'] },
  { reason: 'a GTD order of before is in the past', when: [buy(1, 1, limit(99, until(1)))], want: ['1 REJECTED EXPIRY_PAST'] },
  {
    reason: 'a GTD order of the year 9999 is too far ahead',
    when: [buy(1, 1, limit(99, until(253_370_764_800_000)))],
    want: ['1 REJECTED EXPIRY_TOO_FAR'],
  },
  { reason: 'a GTD order of 366 days is taken', when: [buy(1, 1, limit(99, until(START_MS + 366 * DAY_MS)))], want: [] },
  {
    reason: 'a GTD order without a time is rejected',
    when: [buy(1, 1, limit(99, { timeInForce: 'GTD' }))],
    want: ['1 REJECTED EXPIRY_INVALID'],
  },
  {
    reason: 'a GTD order with a part of a millisecond is rejected',
    when: [buy(1, 1, limit(99, until(START_MS + 0.5)))],
    want: ['1 REJECTED EXPIRY_INVALID'],
  },
  {
    reason: 'a time on a GTC order is rejected',
    when: [buy(1, 1, limit(99, { expiryMs: START_MS + 1 }))],
    want: ['1 REJECTED EXPIRY_INVALID'],
  },
]);

const post = { isPostOnly: true } as const;

tellStories('post-only', [
  { reason: 'an order below the ask rests', when: [shown, buy(1, 1, limit(100, post))], want: [] },
  { reason: 'a buyer at the ask is rejected', when: [shown, buy(1, 1, limit(101, post))], want: ['1 REJECTED POST_ONLY_CROSSES'] },
  { reason: 'a buyer above the ask is rejected', when: [shown, buy(1, 1, limit(105, post))], want: ['1 REJECTED POST_ONLY_CROSSES'] },
  { reason: 'a seller at the bid is rejected', when: [shown, sell(1, 1, limit(100, post))], want: ['1 REJECTED POST_ONLY_CROSSES'] },
  {
    reason: 'a buyer at the price of a locked book is rejected',
    when: [quote(100, 5, 100, 5), buy(1, 1, limit(100, post))],
    want: ['1 REJECTED POST_ONLY_CROSSES'],
  },
  { reason: 'a market order never rests', when: [shown, buy(1, 1, post)], want: ['1 REJECTED POST_ONLY_NEVER_RESTS'] },
  {
    reason: 'an IOC order never rests',
    when: [shown, buy(1, 1, limit(99, { ...post, ...ioc }))],
    want: ['1 REJECTED POST_ONLY_NEVER_RESTS'],
  },
  {
    reason: 'a FOK order never rests',
    when: [shown, buy(1, 1, limit(99, { ...post, ...fok }))],
    want: ['1 REJECTED POST_ONLY_NEVER_RESTS'],
  },
  { reason: 'an order that rests makes', when: [shown, buy(1, 1, limit(100, post)), quote(98, 5, 99, 5)], want: ['1 1@100 MAKER'] },
  {
    reason: 'an order that came without a price makes when the first quote crosses',
    when: [buy(1, 1, limit(105, post)), shown],
    want: ['1 1@105 MAKER'],
  },
  {
    reason: 'a limit at the last trade rests, because nothing is displayed there',
    when: [trade(100, 5), buy(1, 1, limit(100, post))],
    want: [],
  },
  {
    reason: 'a limit beyond the last trade is rejected',
    when: [trade(100, 5), buy(1, 1, limit(101, post))],
    want: ['1 REJECTED POST_ONLY_CROSSES'],
  },
]);

const reduce = { isReduceOnly: true } as const;
const long = { positionLots: 3 };
const short = { positionLots: -3 };

tellStories('reduce-only', [
  { reason: 'a flat account has nothing to reduce', when: [shown, sell(1, 1, reduce)], want: ['1 REJECTED REDUCE_ONLY_INCREASES'] },
  {
    reason: 'a buy of a long account would increase',
    given: long,
    when: [shown, buy(1, 1, reduce)],
    want: ['1 REJECTED REDUCE_ONLY_INCREASES'],
  },
  {
    reason: 'a sale of a short account would increase',
    given: short,
    when: [shown, sell(1, 1, reduce)],
    want: ['1 REJECTED REDUCE_ONLY_INCREASES'],
  },
  { reason: 'a buy closes a part of a short position', given: short, when: [shown, buy(1, 2, reduce)], want: ['1 2@101 TAKER'] },
  {
    reason: 'a sale of more than is held closes the position, and its rest is cancelled',
    given: long,
    when: [shown, sell(1, 5, reduce)],
    want: ['1 3@100 TAKER', '1 CANCELED NOTHING_TO_REDUCE'],
  },
  {
    reason: 'a resting reduction ends when another order closes the position',
    given: long,
    when: [shown, sell(1, 3, limit(102, reduce)), sell(2, 3)],
    want: ['2 3@100 TAKER', '1 CANCELED NOTHING_TO_REDUCE'],
  },
  {
    reason: 'a resting reduction ends when another order turns the position',
    given: long,
    when: [shown, sell(1, 3, limit(102, reduce)), sell(2, 5)],
    want: ['2 5@100 TAKER', '1 CANCELED NOTHING_TO_REDUCE'],
  },
  {
    reason: 'two resting reductions share one position',
    given: long,
    when: [shown, sell(1, 2, limit(102, reduce)), sell(2, 2, limit(103, reduce)), quote(104, 9, 105, 9)],
    want: ['1 2@102 MAKER', '2 1@103 MAKER', '2 CANCELED NOTHING_TO_REDUCE'],
  },
  {
    reason: 'a FOK reduction of more than is held is cancelled',
    given: long,
    when: [shown, sell(1, 5, { ...reduce, ...fok })],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'an IOC reduction of more than is held closes the position, and its rest is cancelled',
    given: long,
    when: [shown, sell(1, 5, { ...reduce, ...ioc })],
    want: ['1 3@100 TAKER', '1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'a reduction that rests trades more when the position has grown',
    given: long,
    when: [shown, sell(1, 5, limit(102, reduce)), buy(2, 4), quote(103, 9, 104, 9)],
    want: ['2 4@101 TAKER', '1 5@102 MAKER'],
  },
  {
    reason: 'a trade of others fills a reduction up to the position',
    given: long,
    when: [sell(1, 5, limit(102, reduce)), trade(103, 9), trade(103, 9)],
    want: ['1 3@103 TAKER', '1 CANCELED NOTHING_TO_REDUCE'],
  },
  {
    reason: 'a reduction passes lots that it may not trade to the order behind it',
    given: long,
    when: [shown, sell(1, 5, limit(102, reduce)), sell(2, 4, limit(102)), quote(103, 6, 104, 9)],
    want: ['1 3@102 MAKER', '2 3@102 MAKER', '1 CANCELED NOTHING_TO_REDUCE'],
  },
]);

tellStories('bad request', [
  ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].map((lots) => ({
    reason: `a quantity of ${lots} lots is not a quantity`,
    when: [shown, buy(1, lots)],
    want: ['1 REJECTED QUANTITY_INVALID'],
  })),
  ...[0, -1, 100.5, Number.NaN, 2 ** 53].map((ticks) => ({
    reason: `a limit of ${ticks} ticks is not a price`,
    when: [shown, buy(1, 1, limit(ticks))],
    want: ['1 REJECTED PRICE_INVALID'],
  })),
  ...[0, Number.NaN].map((collarTicks) => ({
    reason: `a collar of ${collarTicks} ticks is not a price`,
    when: [shown, sell(1, 1, { collarTicks })],
    want: ['1 REJECTED COLLAR_INVALID'],
  })),
  { reason: 'an order that is sent again is the same order', when: [shown, buy(1, 1, limit(99)), buy(1, 9)], want: [] },
  { reason: 'an order that is sent again after its end trades nothing', when: [shown, buy(1, 1), buy(1, 1)], want: ['1 1@101 TAKER'] },
  {
    reason: 'a rejected order stays rejected when it is sent again',
    when: [buy(1, 0), shown, buy(1, 1)],
    want: ['1 REJECTED QUANTITY_INVALID'],
  },
  { reason: 'the cancel of an unknown order is refused', when: [cancel(9)], want: ['9 CANCEL_REFUSED UNKNOWN_ORDER'] },
  {
    reason: 'the cancel of an order that has traded whole is refused',
    when: [shown, buy(1, 1), cancel(1)],
    want: ['1 1@101 TAKER', '1 CANCEL_REFUSED UNKNOWN_ORDER'],
  },
]);
