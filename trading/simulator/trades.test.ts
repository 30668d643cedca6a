/** Trades of others against the orders of the simulator, and the places of orders in the queue at their price. */
import { BUY, SELL } from '../orders/order.ts';
import { buy, limit, phase, quote, sell, trade, update, wait } from './testing/scenario.ts';
import { tellStories } from './testing/tell-stories.ts';

const shown = quote(100, 5, 101, 5);

tellStories('trade', [
  {
    reason: 'a trade below the limit fills a buyer at the limit',
    when: [shown, buy(1, 2, limit(99)), trade(98, 4)],
    want: ['1 2@99 MAKER'],
  },
  {
    reason: 'a trade above the limit fills a seller at the limit',
    when: [shown, sell(1, 2, limit(102)), trade(103, 4)],
    want: ['1 2@102 MAKER'],
  },
  {
    reason: 'a seller who trades at the limit meets the buyer',
    when: [shown, buy(1, 2, limit(100)), trade(100, 4, SELL)],
    want: ['1 2@100 MAKER'],
  },
  { reason: 'a buyer who trades at the limit does not meet the buyer', when: [shown, buy(1, 2, limit(100)), trade(100, 4, BUY)], want: [] },
  {
    reason: 'a seller who trades at the limit does not meet the seller',
    when: [shown, sell(1, 2, limit(101)), trade(101, 4, SELL)],
    want: [],
  },
  {
    reason: 'a trade at the limit without an aggressor may meet the buyer',
    when: [shown, buy(1, 2, limit(100)), trade(100, 4)],
    want: ['1 2@100 MAKER'],
  },
  { reason: 'a trade above the limit does not meet a buyer', when: [shown, buy(1, 2, limit(99)), trade(100, 4)], want: [] },
  {
    reason: 'a trade fills no more than its quantity',
    when: [shown, buy(1, 8, limit(99)), trade(98, 3), trade(98, 4)],
    want: ['1 3@99 MAKER', '1 4@99 MAKER'],
  },
  {
    reason: 'two orders share one trade, the better price first',
    when: [shown, buy(1, 2, limit(98)), buy(2, 2, limit(99)), trade(97, 3)],
    want: ['2 2@99 MAKER', '1 1@98 MAKER'],
  },
  {
    reason: 'with a renewed depth, each order meets the whole trade',
    given: { terms: { depthUse: 'RENEWED' } },
    when: [shown, buy(1, 2, limit(98)), buy(2, 2, limit(99)), trade(97, 3)],
    want: ['2 2@99 MAKER', '1 2@98 MAKER'],
  },
  { reason: 'without a quote, a market order waits for a trade', when: [buy(1, 1), trade(100, 5)], want: ['1 1@100 TAKER'] },
  { reason: 'without a quote, the last trade is there for the next order', when: [trade(100, 5), buy(1, 1)], want: ['1 1@100 TAKER'] },
  {
    reason: 'a buyer and a seller share the quantity of one trade',
    when: [trade(100, 5), buy(1, 3), sell(2, 3)],
    want: ['1 3@100 TAKER', '2 2@100 TAKER'],
  },
  {
    reason: 'what a resting order took of a trade is gone for the next order',
    when: [buy(1, 2, limit(100)), trade(99, 5), buy(2, 5)],
    want: ['1 2@99 TAKER', '2 3@99 TAKER'],
  },
  { reason: 'an arriving limit at the last trade rests', when: [trade(100, 5), buy(1, 1, limit(100))], want: [] },
  {
    reason: 'an arriving limit beyond the last trade trades at the last trade',
    when: [trade(100, 5), buy(1, 1, limit(101))],
    want: ['1 1@100 TAKER'],
  },
  { reason: 'a trade that is too old fills nothing', when: [buy(1, 1, limit(99)), trade(98, 5, undefined, 5_001)], want: [] },
  {
    reason: 'a trade from before the newest one fills nothing',
    when: [trade(100, 5), buy(1, 1, limit(99)), trade(98, 5, undefined, 1)],
    want: [],
  },
  {
    reason: 'a trade from before the order fills nothing, although the news comes after the order',
    when: [shown, wait(100), buy(1, 1, limit(99)), trade(98, 5, undefined, 50)],
    want: [],
  },
  { reason: 'a trade beyond the collar does not fill a waiting order', when: [buy(1, 1, { collarTicks: 100 }), trade(101, 5)], want: [] },
  {
    reason: 'slippage on a trade stays within the collar',
    given: { models: { slippage: { kind: 'CHANCE', chance: 1, ticks: 9 } } },
    when: [buy(1, 1, { collarTicks: 104 }), trade(101, 5)],
    want: ['1 1@104 TAKER'],
  },
  { reason: 'a trade in a halt fills nothing', when: [buy(1, 1, limit(99)), phase('HALTED'), trade(98, 5)], want: [] },
  { reason: 'a trade of zero lots fills nothing', when: [buy(1, 1, limit(99)), trade(98, 0)], want: [] },
  {
    reason: 'a trade at no price fills nothing',
    when: [buy(1, 1, limit(99)), trade(Number.NaN, 5), trade(0, 5), trade(98.5, 5)],
    want: [],
  },
  { reason: 'a trade of less than nothing fills nothing', when: [buy(1, 1, limit(99)), trade(98, -5)], want: [] },
  {
    reason: 'a resting buyer and a resting seller share one trade, the buyer first',
    when: [buy(1, 3, limit(101, { isPostOnly: true })), sell(2, 3, limit(99, { isPostOnly: true })), trade(100, 4)],
    want: ['1 3@101 MAKER', '2 1@99 MAKER'],
  },
  {
    reason: 'a trade serves a market order when the quote has become too old',
    when: [shown, buy(1, 8), wait(6_000), trade(102, 9)],
    want: ['1 5@101 TAKER', '1 3@102 TAKER'],
  },
  { reason: 'a trade does not replace a fresh quote', when: [shown, trade(98, 9), buy(1, 1)], want: ['1 1@101 TAKER'] },
  { reason: 'a quote replaces a trade', when: [trade(98, 9), shown, buy(1, 1)], want: ['1 1@101 TAKER'] },
  { reason: 'a trade that is the last for too long fills nothing', when: [trade(100, 5), wait(5_001), buy(1, 1)], want: [] },
]);

const back = { models: { queue: { kind: 'BACK' } } } as const;
const proportional = { models: { queue: { kind: 'PROPORTIONAL' } } } as const;
const sold = (lots: number) => trade(100, lots, SELL);

tellStories('queue', [
  { reason: 'without a queue, the first trade at the limit fills', when: [shown, buy(1, 1, limit(100)), sold(1)], want: ['1 1@100 MAKER'] },
  {
    reason: 'those who were shown before trade first',
    given: back,
    when: [shown, buy(1, 2, limit(100)), sold(5), sold(2)],
    want: ['1 2@100 MAKER'],
  },
  {
    reason: 'a trade that is larger than the queue reaches the order',
    given: back,
    when: [shown, buy(1, 2, limit(100)), sold(6)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'a trade beyond the limit has passed the queue',
    given: back,
    when: [shown, buy(1, 2, limit(100)), trade(99, 9)],
    want: ['1 2@100 MAKER'],
  },
  {
    reason: 'an ask at the limit has passed the queue',
    given: back,
    when: [shown, buy(1, 2, limit(100)), quote(99, 5, 100, 5)],
    want: ['1 2@100 MAKER'],
  },
  {
    reason: 'an order with the best price is the first',
    given: back,
    when: [quote(100, 5, 103, 5), buy(1, 1, limit(101)), trade(101, 1, SELL)],
    want: ['1 1@101 MAKER'],
  },
  {
    reason: 'behind the best price the queue is not known, so a trade there may have met others',
    given: back,
    when: [shown, buy(1, 1, limit(99)), trade(99, 50, SELL)],
    want: [],
  },
  {
    reason: 'when the level becomes the best, all that is shown there stands ahead',
    given: back,
    when: [shown, buy(1, 1, limit(99)), quote(99, 3, 101, 5), trade(99, 3, SELL), trade(99, 1, SELL)],
    want: ['1 1@99 MAKER'],
  },
  {
    reason: 'the back of the queue: others cancel behind the order as long as they can',
    given: back,
    when: [quote(100, 8, 101, 5), buy(1, 1, limit(100)), quote(100, 12, 101, 5), quote(100, 8, 101, 5), sold(7), sold(1), sold(1)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'a level that shows less than the queue has lost some who were ahead',
    given: back,
    when: [shown, buy(1, 1, limit(100)), quote(100, 2, 101, 5), sold(2), sold(1)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'a level that grows brings no order ahead',
    given: back,
    when: [shown, buy(1, 1, limit(100)), quote(100, 50, 101, 5), sold(6)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'an empty level has no queue',
    given: back,
    when: [shown, buy(1, 1, limit(100)), quote(98, 5, 101, 5), sold(1)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'two orders stand behind the same others',
    given: back,
    when: [shown, buy(1, 1, limit(100)), buy(2, 1, limit(100)), sold(7)],
    want: ['1 1@100 MAKER', '2 1@100 MAKER'],
  },
  {
    reason: 'the first of two orders takes the first lot behind the others',
    given: back,
    when: [shown, buy(1, 1, limit(100)), buy(2, 1, limit(100)), sold(6), sold(1)],
    want: ['1 1@100 MAKER', '2 1@100 MAKER'],
  },
  {
    reason: 'an order that came later stands behind those who came between',
    given: back,
    when: [shown, buy(1, 1, limit(100)), quote(100, 8, 101, 5), buy(2, 1, limit(100)), sold(7), sold(3)],
    want: ['1 1@100 MAKER', '2 1@100 MAKER'],
  },
  {
    reason: 'an order that came later gets nothing of a trade that ends among those who came between',
    given: back,
    when: [shown, buy(1, 1, limit(100)), quote(100, 8, 101, 5), buy(2, 1, limit(100)), sold(8)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'a buyer who trades at the level does not shorten the queue',
    given: back,
    when: [shown, buy(1, 1, limit(100)), trade(100, 5, BUY), sold(1)],
    want: [],
  },
  {
    reason: 'sellers queue at the ask',
    given: back,
    when: [shown, sell(1, 1, limit(101)), trade(101, 5, BUY), trade(101, 1, BUY)],
    want: ['1 1@101 MAKER'],
  },
  {
    reason: 'in proportion: half of the level cancels, so half of the queue does',
    given: proportional,
    when: [quote(100, 10, 101, 5), buy(1, 1, limit(100)), quote(100, 20, 101, 5), quote(100, 10, 101, 5), sold(5), sold(1)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'in proportion: a part of a lot stays ahead',
    given: proportional,
    when: [quote(100, 5, 101, 5), buy(1, 1, limit(100)), quote(100, 10, 101, 5), quote(100, 5, 101, 5), sold(3), sold(1)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'in proportion: what has traded is not counted as cancelled too',
    given: proportional,
    when: [quote(100, 10, 101, 5), buy(1, 1, limit(100)), sold(4), quote(100, 6, 101, 5), sold(6), sold(1)],
    want: ['1 1@100 MAKER'],
  },
  {
    reason: 'a smaller quantity keeps the place',
    given: back,
    when: [shown, buy(1, 3, limit(100)), sold(5), update(1, 2, 100), sold(1)],
    want: ['1 UPDATED 2@100', '1 1@100 MAKER'],
  },
  {
    reason: 'a larger quantity loses the place',
    given: back,
    when: [shown, buy(1, 3, limit(100)), sold(5), update(1, 4, 100), sold(5)],
    want: ['1 UPDATED 4@100'],
  },
  {
    reason: 'another price loses the place, also on the way back',
    when: [shown, buy(1, 1, limit(99)), buy(2, 1, limit(99)), update(1, 1, 98), update(1, 1, 99), quote(97, 5, 98, 1)],
    want: ['1 UPDATED 1@98', '1 UPDATED 1@99', '2 1@99 MAKER'],
  },
]);
