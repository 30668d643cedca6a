/** Runs one plan in an empty world and gives its outcome. */
import { readFileSync } from 'node:fs';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { historyProblems } from './judge/judge-history.ts';
import { needlessWrites } from './judge/needless-writes.ts';
import { differences } from './world/normalise.ts';
import type { Lane, LaneOperator } from './lane.ts';
import { type Fault, type FaultPlan, isEventFault } from './plan.ts';
import type { LoggedRequest } from './proxy/strike-request.ts';
import { signatureOf } from './proxy/api-request.ts';
import { makeFaultEngine } from './proxy/fault-engine.ts';
import { SCENARIOS } from './scenarios.ts';
import { settle } from './settle.ts';
import { takeStep } from './take-step.ts';
import { type Dump, dumpWorld } from './world/dump-world.ts';
import type { OperatorProcess } from './world/operator-process.ts';

/** From waking up to the start of the next process. */
const WAKING_MS_MAX = 10_000;
/** A list after a 410 may overtake an answer. */
const NEEDLESS_WRITES_MAX = 2;

export interface PlanOutcome {
  /** Empty: the plan is passed. */
  readonly problems: readonly string[];
  readonly dump: Dump;
  readonly log: readonly LoggedRequest[];
  readonly struck: readonly Fault[];
  readonly durationMs: number;
  readonly starts: number;
}

/**
 * The faults strike the first of the operators, which leads when the scenario begins.
 *
 * @param expected the dump of the fault-free run; undefined: this is that run
 */
export async function runPlan(
  lane: Lane,
  operators: readonly [LaneOperator, ...LaneOperator[]],
  plan: FaultPlan,
  expected: Dump | undefined,
): Promise<PlanOutcome> {
  const startedMs = performance.now();
  await lane.clear();
  const [operator, ...others] = operators;
  operator.proxy.begin(makeFaultEngine(plan.faults));
  operator.process.start();
  if (others.length > 0) await operator.process.leading();
  for (const { proxy, process } of others) {
    proxy.begin(makeFaultEngine([]));
    process.start();
    await process.ready();
  }
  const log = (): readonly LoggedRequest[] => operators.flatMap(({ proxy }) => proxy.log).toSorted((x, y) => x.atMs - y.atMs);
  const problems: string[] = [];
  let dump: Dump = {};
  try {
    for (const step of SCENARIOS[plan.scenario]) {
      await takeStep(lane, step);
    }
    dump = await settle(lane, log, expected, () => operators.reduce((sum, { proxy }) => sum + proxy.held, 0));
    await wakesUp(operator, plan);
  } catch (error) {
    problems.push(...describe(error));
    dump = await dumpWorld(lane.truth, lane.bus).catch(() => ({}));
    if (expected !== undefined) problems.push(...differences(expected, dump).slice(0, 20));
  }
  const { starts } = operator.process;
  await Promise.all(operators.map(({ process }) => process.end()));
  problems.push(
    ...historyProblems({
      events: lane.truth.history(),
      requests: log(),
      configWrites: lane.record.configWrites,
      consumerChanges: lane.record.consumerChanges,
      haltsCompleted: lane.record.haltsCompleted,
      haltWrites: await lane.record.haltWrites().catch(() => []),
    }),
  );
  // Where every answer came, nothing need be sent twice.
  const needless = operators.length === 1 && plan.faults.every(isEventFault) ? needlessWrites(log()) : [];
  if (needless.length > NEEDLESS_WRITES_MAX)
    problems.push(...needless.map(({ request }) => `${signatureOf(request)}: sent again although nothing had changed`));
  if (problems.length > 0) problems.push(...operators.map(({ process }) => logOf(process)));
  return { problems, dump, log: log(), struck: operator.proxy.engine.struck, durationMs: performance.now() - startedMs, starts };
}

/** A scenario may come to its end while the frozen leader still sleeps: what it does when it wakes belongs to the plan. */
async function wakesUp({ proxy, process }: LaneOperator, plan: FaultPlan): Promise<void> {
  const freeze = plan.faults.find(({ kind }) => kind === 'freeze');
  if (freeze?.kind !== 'freeze' || proxy.engine.struck.length === 0) return;
  await eventually('a leader that slept beyond its term ends', () => process.starts > 1, freeze.ms + WAKING_MS_MAX);
}

function logOf({ name, logPath }: OperatorProcess): string {
  return `the log of ${name} ends with:\n${readFileSync(logPath, 'utf8').slice(-3_000)}`;
}

function describe(error: unknown): readonly string[] {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return [message, ...(cause instanceof Error ? [cause.message] : [])];
}
