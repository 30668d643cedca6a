/**
 * Fault plans by seed: with every fault between operator and API server, the end state is the same.
 *
 * `FLOTILLA_FAULTS_PLANS` plans (default 24) of `FLOTILLA_FAULTS_SEED`; `FLOTILLA_FAULTS_PLAN` replays one, as a failure prints it.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Catalogue, pointsOf, type ScenarioPoints } from './catalogue.ts';
import { type Lane, type LaneOperator, startLane } from './lane.ts';
import { makePlans } from './make-plans.ts';
import { describePlan, type FaultPlan } from './plan.ts';
import { planHooks } from './plan-hooks.ts';
import { runPlan } from './run-plan.ts';
import { type ScenarioName, SCENARIOS } from './scenarios.ts';
import type { Dump } from './world/dump-world.ts';

const PLANS = Number(process.env['FLOTILLA_FAULTS_PLANS'] ?? 24);
const SEED = Number(process.env['FLOTILLA_FAULTS_SEED'] ?? 20_261_121);
const LANES = Number(process.env['FLOTILLA_FAULTS_LANES'] ?? 2);
const ONE = process.env['FLOTILLA_FAULTS_PLAN'];
const PLAN_MS_MAX = 120_000;
/** A run with fewer effective faults proves nothing. The number may vary, because the number of status writes varies between runs. */
const STRUCK_SHARE_MIN = 0.75;
const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];

interface Place {
  readonly lane: Lane;
  readonly operator: LaneOperator;
}

let places: readonly Place[] = [];
const expected: Partial<Record<ScenarioName, Dump>> = {};
const points: Partial<Record<ScenarioName, ScenarioPoints>> = {};

before(async () => {
  places = await Promise.all(
    Array.from({ length: ONE === undefined ? LANES : 1 }, async () => {
      const lane = await startLane();
      return { lane, operator: await lane.addOperator({ name: 'operator', hooks: (current) => planHooks(lane, current) }) };
    }),
  );
});
after(() => Promise.all(places.map(({ lane }) => lane.stop())));

test('operator: completes each scenario with a correct history, when there is no fault', { timeout: 3 * PLAN_MS_MAX }, async (context) => {
  const [place] = places;
  assert.ok(place !== undefined);
  for (const scenario of SCENARIO_NAMES) {
    const { problems, dump, log, durationMs } = await runPlan(place.lane, [place.operator], { scenario, faults: [] }, undefined);
    assert.deepEqual(problems, [], scenario);
    expected[scenario] = dump;
    points[scenario] = pointsOf(log, place.lane.truth.history());
    context.diagnostic(`${scenario}: ${points[scenario].writes.length} writes in ${(durationMs / 1_000).toFixed(1)} s`);
  }
});

test(
  `operator: comes out the same, when ${ONE === undefined ? `${PLANS} fault plans strike (FLOTILLA_FAULTS_SEED=${SEED})` : ONE}`,
  { timeout: PLANS * PLAN_MS_MAX },
  async (context) => {
    const plans = ONE === undefined ? makePlans(SEED, points as Catalogue) : [JSON.parse(ONE) as FaultPlan].values();
    const failures: string[] = [];
    const counts = { run: 0, struck: 0 };
    const work = async ({ lane, operator }: Place): Promise<void> => {
      while (counts.run < PLANS) {
        const { value: plan, done } = plans.next();
        if (done === true || plan === undefined) return;
        counts.run += 1;
        const number = counts.run;
        const { problems, struck, durationMs } = await runPlan(lane, [operator], plan, expected[plan.scenario]);
        const title = `${number}. ${describePlan(plan)}`;
        if (struck.length === plan.faults.length) counts.struck += 1;
        if (ONE !== undefined || number % 50 === 0) context.diagnostic(`${title}, ${(durationMs / 1_000).toFixed(1)} s`);
        if (problems.length > 0) failures.push(failureOf(title, plan, problems));
        if (problems.length > 0) context.diagnostic(failures.at(-1) ?? '');
      }
    };
    await Promise.all(places.map(work));
    context.diagnostic(`${counts.run} plans run, ${counts.struck} struck with all their faults, ${failures.length} failed`);
    assert.deepEqual(failures, []);
    assert.ok(counts.struck >= counts.run * STRUCK_SHARE_MIN, `expected most plans to strike, ${counts.struck} of ${counts.run} did`);
  },
);

function failureOf(title: string, plan: FaultPlan, problems: readonly string[]): string {
  const replay = `FLOTILLA_FAULTS_SEED=${SEED} FLOTILLA_FAULTS_PLAN='${JSON.stringify(plan)}' node test/run.ts faults --only plans`;
  return [title, ...problems.map((problem) => `  ${problem}`), `  replay: ${replay}`].join('\n');
}
