import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalogue } from './catalogue.ts';
import { countOfSinglePlans, makePlans } from './make-plans.ts';
import type { FaultPlan } from './plan.ts';

const catalogue: Catalogue = {
  trade: {
    writes: [
      { what: 'apply strategies/btc', nth: 1 },
      { what: 'create secrets/btc-agent-key-<uid>', nth: 1 },
      { what: 'apply deployments/btc-agent', nth: 1 },
      { what: 'apply strategies/btc/status', nth: 1 },
      { what: 'apply strategies/btc/status', nth: 2 },
      { what: 'delete deployments/eth-agent', nth: 1 },
    ],
    events: { strategies: 9, deployments: 12 },
  },
  halt: {
    writes: [
      { what: 'apply strategies/btc', nth: 1 },
      { what: 'apply killswitches/stop/status', nth: 1 },
    ],
    events: { killswitches: 5 },
  },
  recreate: { writes: [{ what: 'apply portfolios/alt', nth: 1 }], events: { portfolios: 4 } },
};
const first = (seed: number, count: number): readonly FaultPlan[] => makePlans(seed, catalogue).take(count).toArray();

test('makePlans: gives the same plans for the same seed, and others for another', () => {
  assert.deepEqual(first(7, 300), first(7, 300));
  assert.notDeepEqual(first(7, 20), first(8, 20));
});

test('makePlans: crashes before and after every write, each once', () => {
  const crashes = first(1, countOfSinglePlans(catalogue) + 60)
    .filter(({ faults }) => faults.length === 1)
    .flatMap(({ scenario, faults }) =>
      faults.flatMap((fault) => (fault.kind === 'crash' ? [`${scenario} ${fault.side} ${fault.what} #${fault.nth}`] : [])),
    );
  const writes = Object.entries(catalogue).flatMap(([scenario, { writes: points }]) =>
    points.map(({ what, nth }) => `${scenario} ${what} #${nth}`),
  );
  // The first crash point of the halt scenario is the same as that of the scenario before.
  assert.equal(crashes.length, 2 * (writes.length - 1));
  assert.equal(new Set(crashes).size, crashes.length);
});

test('makePlans: holds every kind of fault in a small number of plans', () => {
  const kinds = new Set(first(20_261_121, 24).flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  const wanted = [
    'crash',
    'lost',
    'relist',
    'refused',
    'recreate',
    'dropped',
    'duplicated',
    'late',
    'coalesced',
    'truncated-line',
    'error-event',
    'stale',
  ];
  assert.deepEqual(
    wanted.filter((kind) => !kinds.has(kind as never)),
    [],
  );
});

test('makePlans: gives plans with several faults, when each point has had a plan of its own', () => {
  const rest = first(3, 400).slice(countOfSinglePlans(catalogue) + 100);
  assert.ok(rest.length > 0);
  assert.ok(rest.every(({ faults }) => faults.length >= 2));
});
