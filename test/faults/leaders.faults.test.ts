/** Two operators: both lead at once, or the leader is frozen for longer than its lease. No write happens twice, and the end state is the same. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { type Catalogue, pointsOf, type ScenarioPoints } from './catalogue.ts';
import { type Lane, type LaneOperator, startLane } from './lane.ts';
import { describePlan, type FaultPlan } from './plan.ts';
import { planHooks } from './plan-hooks.ts';
import { runPlan } from './run-plan.ts';
import { type ScenarioName, SCENARIOS } from './scenarios.ts';
import type { Dump } from './world/dump-world.ts';

const SEED = Number(process.env['FLOTILLA_FAULTS_SEED'] ?? 20_261_121);
const IS_WHOLE = Number(process.env['FLOTILLA_FAULTS_PLANS'] ?? 0) >= 500;
/** Time during which two operators lead. */
const TWO_LEADERS_MS = IS_WHOLE ? 60_000 : 1;
const FREEZES = IS_WHOLE ? 24 : 2;
/** The lease runs for 8 s from the last renewal. */
const FROZEN_MS = 13_000;
/** Time in which the other operator takes over, deletes the object, and creates a new object of that name. */
const LATE_DELETE_MS = 20_000;
const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];

let lane: Lane;
let pair: readonly [LaneOperator, LaneOperator];
const expected: Partial<Record<ScenarioName, Dump>> = {};
const points: Partial<Record<ScenarioName, ScenarioPoints>> = {};

before(async () => {
  lane = await startLane();
  const environment = { FLOTILLA_LEADER_ELECTION: 'on' };
  const add = (name: string): Promise<LaneOperator> =>
    lane.addOperator({ name, environment, hooks: (current) => planHooks(lane, current) });
  pair = [await add('operator-a'), await add('operator-b')];
});
after(() => lane.stop());

test('operator: reaches the same end state as alone, when a standby watches', { timeout: 600_000 }, async () => {
  for (const scenario of SCENARIO_NAMES) {
    const alone = await runPlan(lane, [pair[0]], { scenario, faults: [] }, undefined);
    assert.deepEqual(alone.problems, [], scenario);
    expected[scenario] = alone.dump;
    points[scenario] = pointsOf(alone.log, lane.truth.history());
  }
  const { problems, log } = await runPlan(lane, pair, { scenario: 'trade', faults: [] }, expected.trade);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    pair[1].proxy.log.filter(({ request }) => request.isWrite && request.resource !== 'leases'),
    [],
    'a standby writes nothing',
  );
  assert.ok(log.some(({ request }) => request.resource === 'leases'));
});

test('operator: doubles, loosens and wrongly deletes nothing, when two lead at once', { timeout: 900_000 }, async (context) => {
  pair[1].proxy.renameLease('flotilla-operator-b');
  context.after(() => pair[1].proxy.renameLease(undefined));
  const untilMs = performance.now() + TWO_LEADERS_MS;
  let rounds = 0;
  const wrote = new Set<string>();
  do {
    for (const scenario of SCENARIO_NAMES) {
      const { problems } = await runPlan(lane, pair, { scenario, faults: [] }, expected[scenario]);
      assert.deepEqual(problems, [], scenario);
      for (const { proxy, process } of pair) {
        if (proxy.log.some(({ request }) => request.isWrite && request.resource !== 'leases')) wrote.add(process.name);
      }
    }
    rounds += 1;
  } while (performance.now() < untilMs);
  assert.equal(wrote.size, pair.length, 'both write');
  context.diagnostic(`${rounds} rounds of ${SCENARIO_NAMES.length} scenarios`);
});

test(
  `operator: comes out the same, when ${FREEZES} times the leader is frozen for longer than its lease (FLOTILLA_FAULTS_SEED=${SEED})`,
  { timeout: FREEZES * 120_000 },
  async (context) => {
    for (const plan of freezes(points as Catalogue)) {
      const { problems, struck, starts, durationMs } = await runPlan(lane, pair, plan, expected[plan.scenario]);
      context.diagnostic(`${describePlan(plan)}: ${(durationMs / 1_000).toFixed(1)} s`);
      assert.deepEqual(problems, [], `${describePlan(plan)}\n${problems.join('\n')}`);
      if (struck.length > 0) assert.ok(starts > 1, 'a leader that slept beyond its term ends');
    }
  },
);

/**
 * Every second one before the request is on its way, so that it comes late, from a leader that is none any more. The first is a delete: when it
 * comes, another object has the name.
 */
function freezes(catalogue: Catalogue): readonly FaultPlan[] {
  const next = makeSequence(SEED);
  const lateDelete: FaultPlan = {
    scenario: 'trade',
    faults: [{ what: 'delete deployments/eth-agent', nth: 1, kind: 'freeze', ms: LATE_DELETE_MS, side: 'before' }],
  };
  const others = Array.from({ length: FREEZES - 1 }, (_, index): FaultPlan => {
    const scenario = SCENARIO_NAMES[Math.floor(next() * SCENARIO_NAMES.length)] ?? 'trade';
    const { writes } = catalogue[scenario];
    const point = writes[Math.floor(next() * writes.length * 0.9)];
    assert.ok(point !== undefined);
    return { scenario, faults: [{ ...point, kind: 'freeze', ms: FROZEN_MS, side: index % 2 === 0 ? 'after' : 'before' }] };
  });
  return [lateDelete, ...others];
}
