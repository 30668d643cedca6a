/** A core that was restored from a snapshot goes on as the one that never stopped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHECKS } from '../checks/chain.ts';
import { dailyLoss } from '../checks/daily-loss.ts';
import { BTC, CORE_TERMS, fill, limitsWith, openCore, orderWith, quoteTwice, START_MS } from '../testing/core-world.ts';
import { CAPITAL, playHistory, type RecordedInput, STRATEGIES } from '../testing/paper-history.ts';
import { Core } from './core.ts';
import { readCore, writeCore } from './snapshot.ts';

const HISTORIES = 40;

function fold(inputs: readonly RecordedInput[], core = new Core(CORE_TERMS)): { readonly core: Core; readonly events: readonly string[] } {
  return { core, events: inputs.map((input) => JSON.stringify(input(core))) };
}

/** The state that a snapshot must bring back, beside the account, which has a test of its own. */
function stateOf(core: Core): unknown {
  const { reaches, orders, strategies, day } = core.parts();
  const furthest = reaches
    .sorted()
    .map(({ strategy, instrument, lots, openBuyLots, openSellLots, orderTicks, worth, unpriced }) => [
      [strategy, instrument, lots, openBuyLots, openSellLots, orderTicks, unpriced],
      worth.toBigInt(),
    ]);
  return { day, furthest, orders: orders.all(), lossDays: STRATEGIES.map((strategy) => strategies.of(strategy).lossDay) };
}

/** What every start hears again: no snapshot has it. */
function hearAgain(core: Core, nowMs: number): void {
  core.setMode('ACTIVE', nowMs);
  for (const strategy of STRATEGIES) core.configure(strategy, limitsWith({ capital: CAPITAL }), true, nowMs);
}

function restored(bytes: Uint8Array): Core {
  const found = readCore(bytes, CORE_TERMS);
  assert.ok('core' in found, JSON.stringify(found));
  return found.core;
}

test('readCore: a snapshot and the rest of the inputs give the bytes and the events of the fold from the beginning, at every cut', () => {
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const inputs = playHistory(seed);
    const cut = (seed * 37) % inputs.length;
    const whole = fold(inputs.slice(0, cut));
    const bytes = writeCore(whole.core, cut);
    const fork = restored(bytes);
    assert.deepEqual(stateOf(fork), stateOf(whole.core), `seed ${seed}, cut ${cut}`);
    const nowMs = whole.core.parts().nowMs;
    for (const core of [whole.core, fork]) hearAgain(core, nowMs);
    const rest = inputs.slice(cut);
    assert.deepEqual(fold(rest, fork).events, fold(rest, whole.core).events, `seed ${seed}, cut ${cut}`);
    assert.deepEqual(writeCore(fork, 0), writeCore(whole.core, 0), `seed ${seed}, cut ${cut}`);
  }
});

test('readCore: a strategy that reached the loss of the day only reduces until the day ends, also after a restart', () => {
  const core = openCore({ portfolio: { maxDailyLoss: '50' } });
  fill(core, {}, 100);
  quoteTwice(core, BTC, 94, 96, START_MS);
  const [denied] = core.place(orderWith({ limitTicks: 95 }), START_MS);
  assert.equal(denied?.kind, 'DENIED');
  const fork = restored(writeCore(core, 1));
  fork.setMode('ACTIVE', START_MS);
  fork.configure(1, limitsWith({ portfolio: { maxDailyLoss: '50' } }), true, START_MS);
  quoteTwice(fork, BTC, 99, 101, START_MS);
  const order = orderWith();
  const [event] = fork.place(order, START_MS);
  assert.deepEqual(event, { kind: 'DENIED', orderId: order.orderId, failed: 1 << CHECKS.indexOf(dailyLoss) });
});

test('Core: is pure: a fork that goes on leaves the original as it was', () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const inputs = playHistory(seed);
    const { core } = fold(inputs.slice(0, 100));
    const before = writeCore(core, 0);
    const fork = restored(before);
    hearAgain(fork, core.parts().nowMs);
    fold(inputs.slice(100), fork);
    assert.deepEqual(writeCore(core, 0), before, `seed ${seed}`);
  }
});

test('readCore: refuses what is damaged, of another version or of other terms, and a restored core increases no risk by itself', () => {
  const { core } = fold(playHistory(1));
  const bytes = writeCore(core, 7);
  const refusal = (changed: Uint8Array, terms = CORE_TERMS): string => {
    const found = readCore(changed, terms);
    return 'refused' in found ? found.refused : 'taken';
  };
  const flipped = bytes.slice();
  flipped[100] = (flipped[100] ?? 0) ^ 1;
  assert.match(refusal(flipped), /expected the checksum/);
  assert.match(refusal(bytes.subarray(0, 64)), /expected the checksum/);
  assert.match(refusal(new Uint8Array(0)), /expected 4 to/);
  assert.match(refusal(bytes, { ...CORE_TERMS, account: { ...CORE_TERMS.account, method: 'FIFO' } }), /cost method/);
  const fork = restored(bytes);
  assert.equal(fork.parts().mode, 'UNKNOWN');
  assert.equal(fork.parts().strategies.of(1).limits, undefined);
  assert.equal(fork.parts().nowMs, Number.NEGATIVE_INFINITY);
});
