/** Market orders of the simulator: what they take, their collar and their age. */
import { buy, limit, MARKET_AGE_MS, phase, quote, sell, trade, wait } from './testing/scenario.ts';
import { tellStories } from './testing/tell-stories.ts';

const shown = quote(100, 5, 101, 5);
const HOUR_MS = 3_600_000;

tellStories('market order', [
  { reason: 'a buyer takes the ask', when: [shown, buy(1, 1)], want: ['1 1@101 TAKER'] },
  { reason: 'a seller takes the bid', when: [shown, sell(1, 1)], want: ['1 1@100 TAKER'] },
  { reason: 'an order takes no more than is shown', when: [shown, buy(1, 8)], want: ['1 5@101 TAKER'] },
  {
    reason: 'the rest takes the next quote within the collar',
    when: [shown, buy(1, 8), quote(100, 5, 102, 5)],
    want: ['1 5@101 TAKER', '1 3@102 TAKER'],
  },
  {
    reason: 'a buyer never pays more than the collar of the order',
    when: [shown, buy(1, 8, { collarTicks: 101 }), quote(101, 5, 102, 5)],
    want: ['1 5@101 TAKER'],
  },
  {
    reason: 'the rest trades when the price comes back into the collar',
    when: [shown, buy(1, 8, { collarTicks: 101 }), quote(101, 5, 102, 5), shown],
    want: ['1 5@101 TAKER', '1 3@101 TAKER'],
  },
  {
    reason: 'a seller never receives less than the collar of the order',
    when: [shown, sell(1, 8, { collarTicks: 100 }), quote(99, 5, 100, 5)],
    want: ['1 5@100 TAKER'],
  },
  { reason: 'an order whose collar is passed at its arrival waits', when: [shown, buy(1, 1, { collarTicks: 100 })], want: [] },
  {
    reason: 'an IOC order whose collar is passed at its arrival is cancelled',
    when: [shown, buy(1, 1, { collarTicks: 100, timeInForce: 'IOC' })],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'without a collar of its own, a buyer pays up to the collar of the venue, rounded down',
    when: [shown, buy(1, 8), quote(110, 5, 111, 5)],
    want: ['1 5@101 TAKER', '1 3@111 TAKER'],
  },
  {
    reason: 'a price one tick beyond the collar of the venue is too high for a buyer',
    when: [shown, buy(1, 8), quote(111, 5, 112, 5)],
    want: ['1 5@101 TAKER'],
  },
  {
    reason: 'without a collar of its own, a seller receives down to the collar of the venue',
    when: [shown, sell(1, 8), quote(90, 5, 91, 5)],
    want: ['1 5@100 TAKER', '1 3@90 TAKER'],
  },
  {
    reason: 'a price one tick beyond the collar of the venue is too low for a seller',
    when: [shown, sell(1, 8), quote(89, 5, 90, 5)],
    want: ['1 5@100 TAKER'],
  },
  {
    reason: 'the collar stays at the first price when the market walks away step by step',
    when: [shown, buy(1, 8), quote(107, 5, 108, 0), quote(111, 5, 112, 5)],
    want: ['1 5@101 TAKER'],
  },
  {
    reason: 'the collar of the venue rounds toward the price: a seller at 105 receives 95 and not 94',
    when: [quote(105, 5, 106, 5), sell(1, 8), quote(94, 5, 95, 5), quote(95, 5, 96, 5)],
    want: ['1 5@105 TAKER', '1 3@95 TAKER'],
  },
  {
    reason: 'a remainder from 60,000 does not fill at 90,000 two hours later: it was cancelled when it was too old',
    when: [quote(59_999, 5, 60_000, 5), buy(1, 8), wait(2 * HOUR_MS), quote(89_999, 5, 90_000, 5)],
    want: ['1 5@60000 TAKER', '1 CANCELED MARKET_ORDER_TOO_OLD'],
  },
  {
    reason: 'a remainder fills one millisecond before its age',
    when: [shown, buy(1, 8), wait(MARKET_AGE_MS - 1), shown],
    want: ['1 5@101 TAKER', '1 3@101 TAKER'],
  },
  {
    reason: 'a quote in the millisecond of the age comes too late',
    when: [shown, buy(1, 8), wait(MARKET_AGE_MS), shown],
    want: ['1 5@101 TAKER', '1 CANCELED MARKET_ORDER_TOO_OLD'],
  },
  {
    reason: 'a price of 12:00 does not fill a sale of 15:00; the next fresh price does',
    when: [quote(60_000, 5, 60_001, 5), wait(3 * HOUR_MS), sell(1, 1), wait(1_000), quote(59_000, 5, 59_001, 5)],
    want: ['1 1@59000 TAKER'],
  },
  { reason: 'a quote of exactly the age bound is fresh', when: [shown, wait(5_000), buy(1, 1)], want: ['1 1@101 TAKER'] },
  { reason: 'a quote one millisecond older fills nothing', when: [shown, wait(5_001), buy(1, 1)], want: [] },
  { reason: 'a quote that is too old when it comes fills nothing', when: [buy(1, 1), quote(100, 5, 101, 5, 5_001)], want: [] },
  { reason: 'an order before the first quote waits for the quote', when: [buy(1, 1), shown], want: ['1 1@101 TAKER'] },
  {
    reason: 'an IOC order before the first quote is cancelled',
    when: [buy(1, 1, { timeInForce: 'IOC' }), shown],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'an IOC order on a quote that is too old is cancelled',
    when: [shown, wait(5_001), sell(1, 1, { timeInForce: 'IOC' })],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'two buyers share what is shown',
    when: [shown, buy(1, 3), buy(2, 3)],
    want: ['1 3@101 TAKER', '2 2@101 TAKER'],
  },
  {
    reason: 'with a renewed depth, every order meets the whole quantity',
    given: { terms: { depthUse: 'RENEWED' } },
    when: [shown, buy(1, 4), buy(2, 4)],
    want: ['1 4@101 TAKER', '2 4@101 TAKER'],
  },
  {
    reason: 'with a renewed depth, one order still takes no more than is shown at once',
    given: { terms: { depthUse: 'RENEWED' } },
    when: [shown, buy(1, 8)],
    want: ['1 5@101 TAKER'],
  },
  {
    reason: 'a buyer and a seller take different quantities of a quote',
    when: [shown, buy(1, 5), sell(2, 5)],
    want: ['1 5@101 TAKER', '2 5@100 TAKER'],
  },
  {
    reason: 'two waiting orders trade in the order in which they came',
    when: [buy(1, 3), buy(2, 3), quote(100, 5, 101, 4)],
    want: ['1 3@101 TAKER', '2 1@101 TAKER'],
  },
  {
    reason: 'a waiting market order trades before a resting limit order',
    when: [shown, buy(1, 5), buy(2, 2, limit(105)), buy(3, 3), quote(100, 5, 102, 3)],
    want: ['1 5@101 TAKER', '3 3@102 TAKER'],
  },
  {
    reason: 'a waiting order ends with its session',
    when: [shown, buy(1, 8), phase('CLOSED'), phase('OPEN'), shown],
    want: ['1 5@101 TAKER', '1 CANCELED SESSION_ENDED'],
  },
  {
    reason: 'slippage brings no buyer beyond the collar',
    given: { models: { slippage: { kind: 'CHANCE', chance: 1, ticks: 5 } } },
    when: [shown, buy(1, 1, { collarTicks: 103 }), buy(2, 1)],
    want: ['1 1@103 TAKER', '2 1@106 TAKER'],
  },
  {
    reason: 'slippage brings no seller beyond the collar',
    given: { models: { slippage: { kind: 'CHANCE', chance: 1, ticks: 5 } } },
    when: [shown, sell(1, 1, { collarTicks: 98 }), sell(2, 1)],
    want: ['1 1@98 TAKER', '2 1@95 TAKER'],
  },
  {
    reason: 'impact grows with what was taken from the same quote, and ends with the next one',
    given: { models: { impact: { kind: 'LINEAR', fullTicks: 5 } } },
    when: [shown, buy(1, 1), buy(2, 3), shown, buy(3, 1)],
    want: ['1 1@102 TAKER', '2 3@105 TAKER', '3 1@102 TAKER'],
  },
  {
    reason: 'impact brings no order beyond the collar',
    given: { models: { impact: { kind: 'SQUARE_ROOT', fullTicks: 50 } } },
    when: [shown, sell(1, 5)],
    want: ['1 5@90 TAKER'],
  },
  {
    reason: 'a trade of others does not serve an order while a fresh quote shows a price',
    when: [shown, buy(1, 8), trade(101, 9)],
    want: ['1 5@101 TAKER'],
  },
]);
