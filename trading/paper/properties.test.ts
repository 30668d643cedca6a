/** What holds for every history of a core with a simulated exchange. A failure prints its seed. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { capitalLimit } from '../checks/capital-limit.ts';
import { CHECKS } from '../checks/chain.ts';
import { BaseValue } from '../ledger/base-value.ts';
import { BUY } from '../orders/order.ts';
import { isPending, STATUS } from '../orders/order-status.ts';
import { usd } from '../testing/core-world.ts';
import { CAPITAL, type History, play } from '../testing/paper-history.ts';

const HISTORIES = 60;
const CAPITAL_BIT = CHECKS.indexOf(capitalLimit);

/** What the running totals must be, added up from the beginning. */
function assertTotals({ paper: { core } }: History, nowMs: number, seed: number): void {
  const { orders, reaches, markets, account } = core.parts();
  const open = new Map<string, { buy: number; sell: number }>();
  for (const { request, openLots } of orders.all()) {
    const key = `${request.strategy} ${request.instrument}`;
    const sums = open.get(key) ?? { buy: 0, sell: 0 };
    if (request.side === BUY) sums.buy += openLots;
    else sums.sell += openLots;
    open.set(key, sums);
  }
  let gross = 0n;
  for (const reach of reaches.sorted()) {
    const { buy, sell } = open.get(`${reach.strategy} ${reach.instrument}`) ?? { buy: 0, sell: 0 };
    assert.deepEqual([reach.openBuyLots, reach.openSellLots], [buy, sell], `seed ${seed}: open lots`);
    assert.equal(reach.lots, account.lots(reach.strategy, reach.instrument), `seed ${seed}: position`);
    const furthest = Math.max(Math.abs(reach.lots + buy), Math.abs(reach.lots - sell));
    const ticks = Math.max(markets[reach.instrument]?.markTicks ?? 0, reach.orderTicks);
    gross += BigInt(furthest) * BigInt(ticks) * 1_000_000n;
    open.delete(`${reach.strategy} ${reach.instrument}`);
  }
  assert.deepEqual(
    [...open.values()].filter(({ buy, sell }) => buy + sell > 0),
    [],
    `seed ${seed}: open orders without a reach`,
  );
  const value = new BaseValue();
  reaches.addGross(value, undefined, account.rates, nowMs);
  if (value.state === 'KNOWN') assert.equal(value.amount().toBigInt(), gross, `seed ${seed}: gross`);
}

test('Core: its running totals are those that a sum over everything gives, after every input', () => {
  for (let seed = 1; seed <= HISTORIES; seed += 1) play(seed, (history, nowMs) => assertTotals(history, nowMs, seed));
});

test('Core: cumulative and leaves make the quantity, no order is left open at the end of time, and nothing is put into quarantine', () => {
  let fills = 0;
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const { paper, events } = play(seed);
    for (const { order, request, openLots } of paper.core.parts().orders.all()) {
      const traded = events
        .filter((event) => event.kind === 'FILL' && event.orderId === request.orderId)
        .reduce((sum, event) => sum + (event.kind === 'FILL' ? event.quantityLots : 0), 0);
      fills += traded > 0 ? 1 : 0;
      assert.equal(order.filledLots, traded, `seed ${seed}: what the order has traded`);
      assert.ok(traded <= order.quantityLots, `seed ${seed}: overfilled`);
      assert.equal(openLots, order.leavesLots(), `seed ${seed}: open lots`);
    }
    // Every command has its answer in the end: a report that was lost on the way would leave one open.
    const waiting = paper.core
      .parts()
      .orders.all()
      .filter(({ order }) => order.status === STATUS.SUBMITTED || isPending(order.status));
    assert.deepEqual(
      waiting.map(({ request }) => request.orderId),
      [],
      `seed ${seed}: without an answer`,
    );
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'QUARANTINED'),
      [],
      `seed ${seed}`,
    );
  }
  assert.ok(fills > HISTORIES, `expected many orders with fills, found ${fills}`);
});

test('Core: an order that increases risk never leaves its strategy above its capital', () => {
  let [increases, denials] = [0, 0];
  const reached = new BaseValue();
  const look = ({ paper, events }: History, seen: number, nowMs: number): void => {
    for (const event of events.slice(seen)) {
      if (event.kind === 'DENIED' && (event.failed & (1 << CAPITAL_BIT)) !== 0) denials += 1;
      const { context, reaches, account } = paper.core.parts();
      if (event.kind !== 'SUBMIT' || context.isReducing) continue;
      increases += 1;
      reached.clear();
      reaches.addGross(reached, event.strategy, account.rates, nowMs);
      assert.ok(reached.amount().compare(usd(CAPITAL)) <= 0, `order ${event.orderId}`);
    }
  };
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    let seen = 0;
    play(seed, (history, nowMs) => {
      // An order that filled at once may be worth more by now: only the input of the order itself is looked at.
      if (history.events.length > seen) look(history, seen, nowMs);
      seen = history.events.length;
    });
  }
  assert.ok(increases > HISTORIES && denials > HISTORIES, `expected many increases and denials, found ${increases} and ${denials}`);
});

test('Core: two runs with the same inputs give the same events, and another seed gives others', () => {
  const hashOf = (seed: number): string =>
    createHash('sha256')
      .update(JSON.stringify(play(seed).events))
      .digest('hex');
  for (let seed = 1; seed <= 20; seed += 1) assert.equal(hashOf(seed), hashOf(seed));
  assert.notEqual(hashOf(1), hashOf(2));
});
