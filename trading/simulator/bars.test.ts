/** Bars against the orders of the simulator. */
import { bar, buy, cancel, limit, phase, quote, sell, type Step, wait } from './testing/scenario.ts';
import { tellStories } from './testing/tell-stories.ts';

/** A bar of the last second that is known `lateMs` after its end. */
function lateBar(openTicks: number, highTicks: number, lowTicks: number, closeTicks: number, lots: number, lateMs: number): Step {
  return ({ simulator, nowMs }) => {
    const closeMs = nowMs - lateMs;
    return simulator.bar({ openTicks, highTicks, lowTicks, closeTicks, lots, openMs: closeMs - 1_000, closeMs }, nowMs);
  };
}

tellStories('bar', [
  { reason: 'a market order trades at the open', when: [buy(1, 1), bar(100, 101, 99, 100, 40)], want: ['1 1@100 TAKER'] },
  {
    reason: 'a gap below the limit fills a buyer at the open',
    when: [buy(1, 1, limit(100)), bar(95, 96, 94, 95, 40)],
    want: ['1 1@95 MAKER'],
  },
  {
    reason: 'a gap above the limit fills a seller at the open',
    when: [sell(1, 1, limit(100)), bar(105, 106, 104, 105, 40)],
    want: ['1 1@105 MAKER'],
  },
  {
    reason: 'an open at the limit fills nothing: the queue there is not known',
    when: [buy(1, 1, limit(100)), bar(100, 101, 100, 101, 40)],
    want: [],
  },
  { reason: 'a low at the limit fills nothing', when: [buy(1, 1, limit(100)), bar(102, 103, 100, 101, 40)], want: [] },
  {
    reason: 'a low beyond the limit fills a buyer at the limit',
    when: [buy(1, 1, limit(100)), bar(102, 103, 99, 101, 40)],
    want: ['1 1@100 MAKER'],
  },
  { reason: 'a high at the limit fills nothing', when: [sell(1, 1, limit(103)), bar(102, 103, 99, 101, 40)], want: [] },
  {
    reason: 'a high beyond the limit fills a seller at the limit',
    when: [sell(1, 1, limit(103)), bar(102, 104, 101, 102, 40)],
    want: ['1 1@103 MAKER'],
  },
  { reason: 'a bar away from the limit fills nothing', when: [buy(1, 1, limit(90)), bar(102, 103, 99, 101, 40)], want: [] },
  {
    reason: 'a quarter of the volume is there at each point, and an order that the gap has passed never pays its limit',
    when: [buy(1, 8, limit(100)), bar(95, 96, 94, 95, 8)],
    want: ['1 2@95 MAKER', '1 2@95 MAKER', '1 2@96 MAKER', '1 2@96 MAKER'],
  },
  {
    reason: 'a price that passes the limit fills at the limit, and so does the rest at the points after it',
    when: [sell(1, 8, limit(103)), bar(102, 105, 101, 104, 8)],
    want: ['1 2@103 MAKER', '1 2@103 MAKER'],
  },
  {
    reason: 'a price that comes back after a gap, and passes the limit again, fills the rest at the limit',
    when: [buy(1, 8, limit(100)), bar(95, 102, 90, 97, 8)],
    want: ['1 2@95 MAKER', '1 2@95 MAKER', '1 2@100 MAKER'],
  },
  {
    reason: 'what the division of the volume leaves trades at the close',
    when: [buy(1, 9), bar(100, 101, 99, 100, 7)],
    want: ['1 1@100 TAKER', '1 1@99 TAKER', '1 1@101 TAKER', '1 4@100 TAKER'],
  },
  {
    reason: 'the extreme nearer to the open comes first: the high',
    when: [buy(1, 1, limit(98)), sell(2, 1, limit(103)), bar(101, 104, 96, 100, 40)],
    want: ['2 1@103 MAKER', '1 1@98 MAKER'],
  },
  {
    reason: 'the extreme nearer to the open comes first: the low',
    when: [buy(1, 1, limit(98)), sell(2, 1, limit(103)), bar(99, 106, 97, 100, 40)],
    want: ['1 1@98 MAKER', '2 1@103 MAKER'],
  },
  {
    reason: 'the low comes first when both are equally near',
    when: [buy(1, 1, limit(98)), sell(2, 1, limit(102)), bar(100, 103, 97, 100, 40)],
    want: ['1 1@98 MAKER', '2 1@102 MAKER'],
  },
  {
    reason: 'the path may be set: the high first',
    given: { terms: { barPath: 'HIGH_FIRST' } },
    when: [buy(1, 1, limit(98)), sell(2, 1, limit(103)), bar(99, 106, 97, 100, 40)],
    want: ['2 1@103 MAKER', '1 1@98 MAKER'],
  },
  {
    reason: 'the path may be set: the low first',
    given: { terms: { barPath: 'LOW_FIRST' } },
    when: [buy(1, 1, limit(98)), sell(2, 1, limit(103)), bar(101, 104, 96, 100, 40)],
    want: ['1 1@98 MAKER', '2 1@103 MAKER'],
  },
  {
    reason: 'a market order that came within the bar trades at the close',
    when: [wait(500), buy(1, 1), bar(100, 105, 95, 102, 40, 500)],
    want: ['1 1@102 TAKER'],
  },
  {
    reason: 'the extremes of a bar do not fill a limit order that came within the bar',
    when: [wait(500), buy(1, 1, limit(98)), bar(100, 105, 95, 102, 40, 500)],
    want: [],
  },
  {
    reason: 'the close fills a limit order that came within the bar at the limit',
    when: [wait(500), buy(1, 1, limit(103)), bar(100, 105, 95, 102, 40, 500)],
    want: ['1 1@103 MAKER'],
  },
  {
    reason: 'an order that came after the end of the bar takes no part, although the bar is known later',
    when: [wait(5_000), buy(1, 1, limit(103)), lateBar(100, 105, 95, 102, 40, 100)],
    want: [],
  },
  {
    reason: 'a bar that is too old fills nothing',
    when: [buy(1, 1, limit(103)), wait(20_000), lateBar(100, 105, 95, 102, 40, 5_001)],
    want: [],
  },
  {
    reason: 'a bar from before the newest one fills nothing',
    when: [bar(110, 110, 110, 110, 40), buy(1, 1, limit(103)), lateBar(100, 105, 95, 102, 40, 1)],
    want: [],
  },
  { reason: 'the close is there for the next order', when: [bar(100, 101, 99, 100, 40), buy(1, 3)], want: ['1 3@100 TAKER'] },
  {
    reason: 'the next order takes the volume of the close, and the rest from the next bar',
    when: [bar(100, 101, 99, 100, 40), buy(1, 20), bar(102, 103, 101, 102, 80)],
    want: ['1 10@100 TAKER', '1 10@102 TAKER'],
  },
  {
    reason: 'an IOC exit of 20 finds 5 at 100; the exit that is tried again is flat at the open of 95',
    given: { positionLots: 20 },
    when: [bar(100, 100, 100, 100, 20), sell(1, 20, { timeInForce: 'IOC' }), sell(2, 15), bar(95, 96, 60, 60, 80)],
    want: ['1 5@100 TAKER', '1 CANCELED NOT_FILLABLE_AT_ONCE', '2 15@95 TAKER'],
  },
  {
    reason: 'an entry that is cancelled before its exit does not buy again: flat on the second bar',
    given: { positionLots: 10 },
    when: [buy(1, 10, limit(90)), cancel(1), sell(2, 10), bar(100, 100, 100, 100, 5), bar(100, 100, 100, 100, 20)],
    want: ['1 CANCELED REQUESTED', '2 1@100 TAKER', '2 1@100 TAKER', '2 1@100 TAKER', '2 2@100 TAKER', '2 5@100 TAKER'],
  },
  { reason: 'a bar in a halt fills nothing', when: [buy(1, 1, limit(103)), phase('HALTED'), bar(100, 105, 95, 102, 40)], want: [] },
  { reason: 'a bar whose high is below its low is not a bar', when: [buy(1, 1), bar(100, 95, 105, 100, 40)], want: [] },
  { reason: 'a bar whose close is above its high is not a bar', when: [buy(1, 1), bar(100, 101, 99, 102, 40)], want: [] },
  {
    reason: 'a bar without a price is not a bar',
    when: [buy(1, 1), bar(Number.NaN, 105, 95, 100, 40), bar(100, 105, 95, Number.NaN, 40)],
    want: [],
  },
  { reason: 'a bar without volume fills nothing', when: [buy(1, 1), bar(100, 101, 99, 100, 0)], want: [] },
  {
    reason: 'a collar holds at every point of a bar',
    when: [buy(1, 1, { collarTicks: 100 }), bar(101, 102, 99, 101, 40)],
    want: ['1 1@99 TAKER'],
  },
  {
    reason: 'an open beyond the collar fills nothing',
    when: [bar(100, 100, 100, 100, 4), buy(1, 2), bar(120, 121, 119, 120, 40)],
    want: ['1 1@100 TAKER'],
  },
  {
    reason: 'while a quote is fresh, a bar serves no market order',
    when: [quote(100, 5, 101, 5), buy(1, 8), bar(101, 102, 100, 101, 40)],
    want: ['1 5@101 TAKER'],
  },
  {
    reason: 'with a renewed depth, each order meets the whole volume of a point',
    given: { terms: { depthUse: 'RENEWED' } },
    when: [buy(1, 2), buy(2, 2), bar(100, 101, 99, 100, 8)],
    want: ['1 2@100 TAKER', '2 2@100 TAKER'],
  },
  {
    reason: 'impact grows with the part of the volume that was taken',
    given: { models: { impact: { kind: 'LINEAR', fullTicks: 4 } } },
    when: [buy(1, 5), bar(100, 101, 99, 100, 40)],
    want: ['1 5@102 TAKER'],
  },
]);
