/** Limit orders of the simulator against quotes: at their arrival and while they rest. */
import { buy, limit, phase, quote, sell, wait } from './testing/scenario.ts';
import { tellStories } from './testing/tell-stories.ts';

const shown = quote(100, 5, 101, 5);

tellStories('limit order', [
  { reason: 'a buyer below the ask rests', when: [shown, buy(1, 1, limit(99))], want: [] },
  { reason: 'a buyer above the ask pays the ask', when: [shown, buy(1, 1, limit(105))], want: ['1 1@101 TAKER'] },
  { reason: 'a buyer at the ask pays the ask', when: [shown, buy(1, 1, limit(101))], want: ['1 1@101 TAKER'] },
  { reason: 'a seller below the bid receives the bid', when: [shown, sell(1, 1, limit(95))], want: ['1 1@100 TAKER'] },
  { reason: 'a seller at the bid receives the bid', when: [shown, sell(1, 1, limit(100))], want: ['1 1@100 TAKER'] },
  { reason: 'a seller at the ask rests', when: [shown, sell(1, 1, limit(101))], want: [] },
  {
    reason: 'a resting buyer trades at the limit when the ask reaches the limit',
    when: [shown, buy(1, 1, limit(99)), quote(98, 5, 99, 5)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'a resting buyer trades at the limit, and not better, when the ask passes the limit',
    when: [shown, buy(1, 1, limit(99)), quote(96, 5, 97, 5)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'a resting seller trades at the limit when the bid passes the limit',
    when: [shown, sell(1, 1, limit(102)), quote(103, 5, 104, 5)],
    want: ['1 1@102 MAKER'],
  },
  {
    reason: 'a resting buyer stays while the ask is one tick above the limit',
    when: [shown, buy(1, 1, limit(99)), quote(99, 5, 100, 5)],
    want: [],
  },
  {
    reason: 'a resting order takes what is shown, and the rest from the next quote',
    when: [shown, buy(1, 8, limit(99)), quote(97, 5, 98, 3), quote(97, 5, 98, 9)],
    want: ['1 3@99 MAKER', '1 5@99 MAKER'],
  },
  {
    reason: 'the better price trades first',
    when: [shown, buy(1, 2, limit(98)), buy(2, 2, limit(99)), quote(96, 5, 97, 3)],
    want: ['2 2@99 MAKER', '1 1@98 MAKER'],
  },
  {
    reason: 'the lower offer trades first',
    when: [shown, sell(1, 2, limit(103)), sell(2, 2, limit(102)), quote(104, 3, 105, 5)],
    want: ['2 2@102 MAKER', '1 1@103 MAKER'],
  },
  {
    reason: 'at one price the earlier order trades first',
    when: [shown, buy(1, 2, limit(99)), buy(2, 2, limit(99)), quote(97, 5, 98, 3)],
    want: ['1 2@99 MAKER', '2 1@99 MAKER'],
  },
  {
    reason: 'with a renewed depth, each resting order meets the whole quantity',
    given: { terms: { depthUse: 'RENEWED' } },
    when: [shown, buy(1, 2, limit(99)), buy(2, 2, limit(99)), quote(97, 5, 98, 3)],
    want: ['1 2@99 MAKER', '2 2@99 MAKER'],
  },
  {
    reason: 'the rest of a crossing order rests at the limit and makes',
    when: [shown, buy(1, 8, limit(102)), quote(100, 5, 101, 5)],
    want: ['1 5@101 TAKER', '1 3@102 MAKER'],
  },
  {
    reason: 'the rest of a crossing order does not follow the price beyond the limit',
    when: [shown, buy(1, 8, limit(101)), quote(101, 5, 102, 5)],
    want: ['1 5@101 TAKER'],
  },
  {
    reason: 'an order that came on a quote that was too old takes the next quote at its price, and not at the limit',
    when: [shown, wait(5_001), buy(1, 1, limit(105)), shown],
    want: ['1 1@101 TAKER'],
  },
  {
    reason: 'an order that came before the first quote takes once, and makes later',
    when: [buy(1, 8, limit(105)), shown, shown],
    want: ['1 5@101 TAKER', '1 3@105 MAKER'],
  },
  {
    reason: 'an order that was passed over by the first quote makes when the price comes to it',
    when: [buy(1, 1, limit(99)), shown, quote(97, 5, 98, 5)],
    want: ['1 1@99 MAKER'],
  },
  { reason: 'a quote that is too old fills no resting order', when: [buy(1, 1, limit(99)), quote(97, 5, 98, 5, 5_001)], want: [] },
  {
    reason: 'a quote from before the newest one fills nothing',
    when: [shown, buy(1, 1, limit(99)), quote(97, 5, 98, 5, 10)],
    want: [],
  },
  { reason: 'a price without a quantity fills nothing', when: [shown, buy(1, 1, limit(99)), quote(97, 5, 98, 0)], want: [] },
  {
    reason: 'a buyer and a seller of ours do not trade with each other',
    when: [quote(98, 5, 103, 5), buy(1, 2, limit(101)), sell(2, 2, limit(100))],
    want: [],
  },
  {
    reason: 'slippage does not touch an order that rests',
    given: { models: { slippage: { kind: 'CHANCE', chance: 1, ticks: 5 } } },
    when: [shown, buy(1, 1, limit(99)), quote(97, 5, 98, 5)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'slippage brings no order beyond its limit',
    given: { models: { slippage: { kind: 'CHANCE', chance: 1, ticks: 5 } } },
    when: [shown, buy(1, 1, limit(103))],
    want: ['1 1@103 TAKER'],
  },
  {
    reason: 'ticks of 10^-8 at 60,000 and the largest quantity are exact',
    when: [quote(5_999_999_999_999, 5, 6_000_000_000_000, 5), buy(1, Number.MAX_SAFE_INTEGER, limit(6_000_000_000_000))],
    want: ['1 5@6000000000000 TAKER'],
  },
]);

tellStories('book', [
  { reason: 'a crossed book fills no market order', when: [quote(102, 5, 101, 5), buy(1, 1), sell(2, 1)], want: [] },
  {
    reason: 'a crossed book fills no resting order',
    when: [shown, buy(1, 1, limit(99)), quote(101, 5, 98, 5)],
    want: [],
  },
  {
    reason: 'an order that met a crossed book takes the first normal one',
    when: [quote(102, 5, 101, 5), buy(1, 1), shown],
    want: ['1 1@101 TAKER'],
  },
  { reason: 'a locked book sells at its price', when: [quote(100, 5, 100, 5), buy(1, 1)], want: ['1 1@100 TAKER'] },
  { reason: 'a locked book buys at its price', when: [quote(100, 5, 100, 5), sell(1, 1)], want: ['1 1@100 TAKER'] },
  {
    reason: 'a locked book at the limit fills a resting order',
    when: [shown, buy(1, 1, limit(100)), quote(100, 5, 100, 5)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'a book without a bid serves no buyer, because one side alone is not a market',
    when: [quote(Number.NaN, 0, 101, 5), buy(1, 1)],
    want: [],
  },
  { reason: 'a book without an ask serves no seller', when: [quote(100, 5, Number.NaN, 0), sell(1, 1)], want: [] },
  {
    reason: 'an IOC order on one side alone is cancelled',
    when: [quote(Number.NaN, 0, 101, 5), buy(1, 1, { timeInForce: 'IOC' })],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'a book without a bid fills no resting buyer, whatever the ask',
    when: [shown, buy(1, 1, limit(99)), quote(Number.NaN, 0, 90, 5)],
    want: [],
  },
  {
    reason: 'an order that met one side takes the first whole book',
    when: [quote(Number.NaN, 0, 101, 5), buy(1, 1), shown],
    want: ['1 1@101 TAKER'],
  },
  { reason: 'an empty book fills nothing', when: [quote(Number.NaN, 0, Number.NaN, 0), buy(1, 1)], want: [] },
  {
    reason: 'an empty book takes away the prices before it',
    when: [shown, quote(Number.NaN, 0, Number.NaN, 0), buy(1, 1, { timeInForce: 'IOC' })],
    want: ['1 CANCELED NOT_FILLABLE_AT_ONCE'],
  },
  {
    reason: 'a price of zero is not a quote, and the quote before it stays',
    when: [shown, quote(0, 5, 98, 5), buy(1, 1)],
    want: ['1 1@101 TAKER'],
  },
  { reason: 'a half tick is not a price', when: [shown, quote(97.5, 5, 98, 5), buy(1, 1)], want: ['1 1@101 TAKER'] },
  { reason: 'a quantity below zero is not a quote', when: [shown, quote(97, -1, 98, 5), buy(1, 1)], want: ['1 1@101 TAKER'] },
  {
    reason: 'an infinite price is not a quote',
    when: [shown, quote(97, 5, Number.POSITIVE_INFINITY, 5), buy(1, 1)],
    want: ['1 1@101 TAKER'],
  },
  { reason: 'a late quote does not replace a newer one', when: [shown, quote(97, 5, 98, 5, 1), buy(1, 1)], want: ['1 1@101 TAKER'] },
  { reason: 'data from further ahead than clocks differ fills nothing', when: [quote(100, 5, 101, 5, -2_001), buy(1, 1)], want: [] },
]);

tellStories('session', [
  { reason: 'a halt fills no resting order', when: [shown, buy(1, 1, limit(99)), phase('HALTED'), quote(97, 5, 98, 5)], want: [] },
  {
    reason: 'an IOC order is rejected in a halt',
    when: [shown, phase('HALTED'), buy(1, 1, { timeInForce: 'IOC' })],
    want: ['1 REJECTED TRADING_HALTED'],
  },
  {
    reason: 'a FOK order is rejected in a halt',
    when: [shown, phase('HALTED'), buy(1, 1, limit(105, { timeInForce: 'FOK' }))],
    want: ['1 REJECTED TRADING_HALTED'],
  },
  {
    reason: 'a market order waits in a halt, and takes the first quote after the halt',
    when: [shown, phase('HALTED'), buy(1, 1), quote(100, 5, 101, 5), phase('OPEN'), quote(102, 5, 103, 5)],
    want: ['1 1@103 TAKER'],
  },
  { reason: 'a quote from before a halt fills nothing after it', when: [shown, phase('HALTED'), phase('OPEN'), buy(1, 1)], want: [] },
  { reason: 'a quote from a halt fills nothing after it', when: [phase('HALTED'), shown, phase('OPEN'), buy(1, 1)], want: [] },
  {
    reason: 'a resting order outlives a halt',
    when: [shown, buy(1, 1, limit(99)), phase('HALTED'), phase('OPEN'), quote(97, 5, 98, 5)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'a crossing order of a halt takes the first quote at its price',
    when: [phase('HALTED'), buy(1, 1, limit(105)), phase('OPEN'), shown],
    want: ['1 1@101 TAKER'],
  },
  {
    reason: 'a market order grows old in a halt',
    when: [phase('HALTED'), buy(1, 1), wait(60_000), phase('OPEN'), shown],
    want: ['1 CANCELED MARKET_ORDER_TOO_OLD'],
  },
  { reason: 'the same phase again changes nothing', when: [shown, phase('OPEN'), buy(1, 1)], want: ['1 1@101 TAKER'] },
  {
    reason: 'a DAY order outlives a halt',
    when: [shown, buy(1, 1, limit(99, { timeInForce: 'DAY' })), phase('HALTED'), phase('OPEN'), quote(97, 5, 98, 5)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'a DAY order ends with its session',
    when: [shown, buy(1, 1, limit(99, { timeInForce: 'DAY' })), phase('CLOSED')],
    want: ['1 EXPIRED SESSION_ENDED'],
  },
  {
    reason: 'a part of a DAY order that has traded stays traded when the session ends',
    when: [shown, buy(1, 8, limit(101, { timeInForce: 'DAY' })), phase('CLOSED')],
    want: ['1 5@101 TAKER', '1 EXPIRED SESSION_ENDED'],
  },
  {
    reason: 'a GTC order trades in the next session',
    when: [shown, buy(1, 1, limit(99)), phase('CLOSED'), wait(86_400_000), phase('OPEN'), quote(97, 5, 98, 5)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'a closed session rejects a DAY order',
    when: [phase('CLOSED'), buy(1, 1, limit(99, { timeInForce: 'DAY' }))],
    want: ['1 REJECTED SESSION_CLOSED'],
  },
  { reason: 'a closed session rejects a market order', when: [phase('CLOSED'), buy(1, 1)], want: ['1 REJECTED SESSION_CLOSED'] },
  {
    reason: 'a closed session rejects an IOC order',
    when: [phase('CLOSED'), buy(1, 1, limit(99, { timeInForce: 'IOC' }))],
    want: ['1 REJECTED SESSION_CLOSED'],
  },
  {
    reason: 'a closed session takes a GTC order for the next one',
    when: [phase('CLOSED'), buy(1, 1, limit(105)), phase('OPEN'), shown],
    want: ['1 1@101 TAKER'],
  },
]);
