import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { BUY, Order, type Outcome } from './order.ts';
import { HAPPENING, HAPPENING_NAMES, type Happening, isEnded, STATUS, STATUS_NAMES, type StatusName } from './order-status.ts';

const QUANTITY = 10;
const make = (): Order => new Order({ side: BUY, quantityLots: QUANTITY, limitTicks: 100 });

type Step = readonly [happening: (typeof HAPPENING_NAMES)[number], lots?: number];

function play(steps: readonly Step[]): { readonly order: Order; readonly outcomes: readonly Outcome[] } {
  const order = make();
  const outcomes = steps.map(([name, lots = QUANTITY], index) => {
    if (name === 'FILL') return order.fill(lots, index);
    return name === 'UPDATE' ? order.update(lots, 100, index) : order.take(HAPPENING[name], index);
  });
  return { order, outcomes };
}

const SENT: readonly Step[] = [['SUBMIT'], ['ACCEPT']];

const STORIES: readonly {
  readonly reason: string;
  readonly steps: readonly Step[];
  readonly status: StatusName;
  readonly filled?: number;
  readonly last?: Outcome;
}[] = [
  { reason: 'a check denies it', steps: [['DENY']], status: 'DENIED' },
  { reason: 'the venue takes it and fills it in two parts', steps: [...SENT, ['FILL', 4], ['FILL', 6]], status: 'FILLED', filled: 10 },
  {
    reason: 'the fill comes before the acceptance',
    steps: [['SUBMIT'], ['FILL', 10], ['ACCEPT']],
    status: 'FILLED',
    filled: 10,
    last: 'late',
  },
  { reason: 'the venue rejects it', steps: [['SUBMIT'], ['REJECT']], status: 'REJECTED' },
  { reason: 'a cancel is confirmed', steps: [...SENT, ['REQUEST_CANCEL'], ['CANCEL']], status: 'CANCELED' },
  {
    reason: 'a cancel is refused, because a part has filled meanwhile',
    steps: [...SENT, ['REQUEST_CANCEL'], ['FILL', 3], ['REFUSE_CANCEL']],
    status: 'PARTIALLY_FILLED',
    filled: 3,
  },
  {
    reason: 'a cancel comes too late',
    steps: [...SENT, ['REQUEST_CANCEL'], ['FILL', 10], ['CANCEL']],
    status: 'FILLED',
    filled: 10,
    last: 'late',
  },
  {
    reason: 'a fill from before the cancel comes after it, and is booked',
    steps: [...SENT, ['CANCEL'], ['FILL', 3]],
    status: 'CANCELED',
    filled: 3,
  },
  {
    reason: 'the rest fills although the cancel was confirmed',
    steps: [...SENT, ['FILL', 3], ['CANCEL'], ['FILL', 7]],
    status: 'FILLED',
    filled: 10,
  },
  { reason: 'an update is confirmed', steps: [...SENT, ['REQUEST_UPDATE'], ['UPDATE', 12]], status: 'ACCEPTED' },
  {
    reason: 'an update to what has traded already ends the order',
    steps: [...SENT, ['FILL', 4], ['REQUEST_UPDATE'], ['UPDATE', 4]],
    status: 'FILLED',
    filled: 4,
  },
  {
    reason: 'an update is confirmed before the acceptance is heard',
    steps: [['SUBMIT'], ['REQUEST_UPDATE'], ['UPDATE', 12]],
    status: 'ACCEPTED',
  },
  {
    reason: 'the acceptance comes while an update is pending, and the update is refused',
    steps: [['SUBMIT'], ['REQUEST_UPDATE'], ['ACCEPT'], ['REFUSE_UPDATE']],
    status: 'ACCEPTED',
  },
  {
    reason: 'a cancel overtakes an update, and is refused',
    steps: [...SENT, ['REQUEST_UPDATE'], ['REQUEST_CANCEL'], ['REFUSE_CANCEL']],
    status: 'ACCEPTED',
  },
  { reason: 'an emulated order is released and sent', steps: [['EMULATE'], ['RELEASE'], ['SUBMIT'], ['ACCEPT']], status: 'ACCEPTED' },
  { reason: 'an emulated order is cancelled without a venue', steps: [['EMULATE'], ['REQUEST_CANCEL']], status: 'CANCELED' },
  { reason: 'a stop order is triggered and fills', steps: [...SENT, ['TRIGGER'], ['FILL', 10]], status: 'FILLED', filled: 10 },
  { reason: 'it trades more than it asked for', steps: [...SENT, ['FILL', 12]], status: 'FILLED', filled: 12, last: 'overfilled' },
  {
    reason: 'a fill of an order that never left us is booked and reported',
    steps: [['DENY'], ['FILL', 2]],
    status: 'DENIED',
    filled: 2,
    last: 'quarantined',
  },
  {
    reason: 'the venue rejects what has filled in part',
    steps: [...SENT, ['FILL', 2], ['REJECT']],
    status: 'PARTIALLY_FILLED',
    filled: 2,
    last: 'quarantined',
  },
];

for (const { reason, steps, status, filled = 0, last = 'changed' } of STORIES) {
  test(`Order: ${reason}`, () => {
    const { order, outcomes } = play(steps);
    assert.equal(STATUS_NAMES[order.status], status);
    assert.equal(order.filledLots, filled);
    assert.equal(outcomes.at(-1), last);
    assert.equal(order.isQuarantined, last === 'quarantined' || last === 'overfilled');
  });
}

/**
 * What must hold whatever comes, told without the table: what has traded only grows, an order that has ended trades again by fills alone, one that never
 * left us reaches no venue, and everything counts.
 */
test('Order: a million random histories keep what must hold', () => {
  const random = makeSequence(20_261_129);
  for (let history = 0; history < 60_000; history += 1) {
    const order = make();
    let [traded, changes, wasSent] = [0, 0, false];
    for (let step = 0; step < 18; step += 1) {
      const happening = Math.floor(random() * HAPPENING_NAMES.length) as Happening;
      const lots = 1 + Math.floor(random() * 6);
      const [statusBefore, sequenceBefore, quarantinedBefore] = [order.status, order.sequence, order.isQuarantined];
      let outcome: Outcome;
      if (happening === HAPPENING.FILL) outcome = order.fill(lots, step);
      else if (happening === HAPPENING.UPDATE) outcome = order.update(lots * 3, 100, step);
      else outcome = order.take(happening, step);
      if (happening === HAPPENING.FILL) traded += lots;
      if (happening === HAPPENING.SUBMIT && outcome === 'changed') wasSent = true;
      if (outcome !== 'late') changes += 1;
      assert.equal(order.filledLots, traded);
      assert.equal(order.sequence, changes);
      assert.equal(outcome === 'late', order.sequence === sequenceBefore);
      assert.ok(!quarantinedBefore || order.isQuarantined);
      assert.ok(outcome !== 'quarantined' || order.status === statusBefore);
      const open = order.leavesLots();
      assert.ok(
        isEnded(order.status) ? open === 0 : open + order.filledLots === order.quantityLots || order.filledLots > order.quantityLots,
      );
      if (order.status === STATUS.FILLED) assert.ok(order.filledLots >= order.quantityLots);
      if (isEnded(statusBefore) && order.status !== statusBefore) assert.ok(happening === HAPPENING.FILL && order.status === STATUS.FILLED);
      const atVenue = [
        STATUS.SUBMITTED,
        STATUS.ACCEPTED,
        STATUS.TRIGGERED,
        STATUS.PARTIALLY_FILLED,
        STATUS.PENDING_UPDATE,
        STATUS.PENDING_CANCEL,
      ] as const;
      if ((atVenue as readonly number[]).includes(order.status)) assert.ok(wasSent);
    }
  }
});
