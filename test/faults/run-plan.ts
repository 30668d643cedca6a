/** Runs one plan in an empty world and says what came of it. */
import { readFileSync } from 'node:fs';
import type { ResourceType } from '@flotilla/operator/kube/mod.ts';
import { compareResourceVersions } from '@flotilla/operator/kube/resource-version.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { historyProblems } from './judge/judge-history.ts';
import { differences } from './judge/normalise.ts';
import type { Lane, LaneOperator } from './lane.ts';
import type { UserObject } from './objects.ts';
import type { Fault, FaultPlan } from './plan.ts';
import type { LoggedRequest } from './proxy/api-proxy.ts';
import { makeFaultEngine } from './proxy/fault-engine.ts';
import { SCENARIOS } from './scenarios.ts';
import { type Dump, dumpWorld } from './world/dump-world.ts';
import { NAMESPACE } from './world/recorder.ts';

/** The longest single wait of the operator is that for an answer, 30 s. */
const STEP_MS_MAX = Number(process.env['FLOTILLA_FAULTS_STEP_MS'] ?? 60_000);
/** It is at rest when it has written nothing for so long. */
const QUIET_MS = 300;

export interface PlanOutcome {
  /** Empty: the plan is passed. */
  readonly problems: readonly string[];
  readonly dump: Dump;
  readonly log: readonly LoggedRequest[];
  readonly struck: readonly Fault[];
  readonly durationMs: number;
  readonly starts: number;
}

/** `expected`: the dump of the fault-free run; undefined: this is that run. */
export async function runPlan(lane: Lane, operator: LaneOperator, plan: FaultPlan, expected: Dump | undefined): Promise<PlanOutcome> {
  const startedMs = performance.now();
  await lane.clear();
  operator.proxy.begin(makeFaultEngine(plan.faults));
  await operator.process.start();
  const problems: string[] = [];
  let dump: Dump = {};
  try {
    for (const step of SCENARIOS[plan.scenario]) {
      await lane.exclusive(async () => {
        for (const [type, name] of step.remove ?? []) await removeAsUser(lane, type, name);
        for (const object of step.apply ?? []) await applyAsUser(lane, object);
      });
      await stepDone(step.title, () => step.problem(lane));
    }
    dump = await settle(lane, operator, expected);
  } catch (error) {
    problems.push(...describe(error));
    dump = await dumpWorld(lane.truth, lane.bus).catch(() => ({}));
    if (expected !== undefined) problems.push(...differences(expected, dump).slice(0, 20));
  }
  const { starts } = operator.process;
  await operator.process.end();
  const { log } = operator.proxy;
  problems.push(
    ...historyProblems({
      events: lane.truth.history(),
      requests: log,
      configWrites: lane.record.configWrites,
      consumerChanges: lane.record.consumerChanges,
      haltWrites: await lane.record.haltWrites().catch(() => []),
    }),
  );
  if (problems.length > 0) problems.push(`its log ends with:\n${readFileSync(operator.process.logPath, 'utf8').slice(-3_000)}`);
  return { problems, dump, log, struck: operator.proxy.engine.struck, durationMs: performance.now() - startedMs, starts };
}

async function stepDone(title: string, problem: () => string | undefined): Promise<void> {
  let last: string | undefined;
  await eventually(title, () => (last = problem()) === undefined, STEP_MS_MAX).catch(() => {
    throw new Error(`"${title}" was not reached within ${STEP_MS_MAX} ms: ${last ?? ''}`);
  });
}

/** Until nothing is written any more, and what stands is what is expected. */
async function settle(lane: Lane, operator: LaneOperator, expected: Dump | undefined): Promise<Dump> {
  let dump: Dump = {};
  let problems: readonly string[] = [];
  const atRest = (): boolean => {
    const last = operator.proxy.log.findLast(({ request }) => request.isWrite && request.resource !== 'leases');
    return Date.now() - (last?.atMs ?? 0) >= QUIET_MS;
  };
  const comesOut = async (): Promise<boolean> => {
    if (!atRest()) return false;
    dump = await dumpWorld(lane.truth, lane.bus);
    problems = expected === undefined ? [] : differences(expected, dump);
    return problems.length === 0;
  };
  await eventually('the end state', comesOut, STEP_MS_MAX).catch(() => {
    throw new Error(
      `the end state differs from that of the fault-free run (expected | found)${problems.length === 0 ? ': it never rests' : ''}`,
    );
  });
  return dump;
}

/** Resolves when the recorder has seen it, so that nothing older is taken for its outcome. */
export async function applyAsUser({ cluster, truth }: Pick<Lane, 'cluster' | 'truth'>, { type, manifest }: UserObject): Promise<void> {
  const { resourceVersion = '0' } = (await cluster.apply(type, manifest, { fieldManager: 'user' })).metadata;
  await eventually(`${type.kind} ${manifest.metadata.name} is recorded`, () => {
    const seen = truth.get(type, manifest.metadata.name)?.metadata.resourceVersion ?? '0';
    return compareResourceVersions(seen, resourceVersion) >= 0;
  });
}

export async function removeAsUser({ cluster, truth }: Pick<Lane, 'cluster' | 'truth'>, type: ResourceType, name: string): Promise<void> {
  const uid = truth.get(type, name)?.metadata.uid;
  await cluster.delete(type, addressOf(type, name));
  await eventually(`the delete of ${type.kind} ${name} is recorded`, () => {
    const now = truth.get(type, name);
    return now === undefined || now.metadata.uid !== uid || now.metadata.deletionTimestamp !== undefined;
  });
}

function addressOf(type: ResourceType, name: string): { readonly name: string; readonly namespace?: string } {
  return type.namespaced ? { namespace: NAMESPACE, name } : { name };
}

function describe(error: unknown): readonly string[] {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return [message, ...(cause instanceof Error ? [cause.message] : [])];
}
