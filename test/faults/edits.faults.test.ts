/**
 * Another client edits every field that the operator owns, one after the other, and the operator reverts each edit.
 *
 * `FLOTILLA_FAULTS_PLANS` of 500 and more: every field of every object; fewer: a sample by `FLOTILLA_FAULTS_SEED`.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError, type KubeObject, resourcePath, type ResourceType } from '@flotilla/kube/mod.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import { makeSequence } from '@flotilla/contracts/testing/seeded-sequence.ts';
import { type Edit, makeEdits, type PatchOperation } from './edits/make-edits.ts';
import { differences, normaliseObject } from './world/normalise.ts';
import { type Lane, type LaneOperator, startLane } from './lane.ts';
import { planHooks } from './plan-hooks.ts';
import { makeFaultEngine } from './proxy/fault-engine.ts';
import { takeStep } from './take-step.ts';
import { SCENARIOS } from './scenarios.ts';
import { RECORDED_TYPES } from './world/recorder.ts';

const SEED = Number(process.env['FLOTILLA_FAULTS_SEED'] ?? 20_261_121);
const IS_WHOLE = Number(process.env['FLOTILLA_FAULTS_PLANS'] ?? 0) >= 500;
const SAMPLE = 60;
const AT_ONCE = 4;
const UNDONE_MS_MAX = 40_000;
const STILL_MS = 2_000;

let lane: Lane;
let operator: LaneOperator;
before(async () => {
  lane = await startLane();
  operator = await lane.addOperator({ name: 'operator', hooks: (current) => planHooks(lane, current) });
});
after(() => lane.stop());

interface Target {
  readonly type: ResourceType;
  readonly name: string;
  readonly subresource: string | undefined;
  readonly edit: Edit;
}

test('operator: reverts the edit, when another client edits a field that it owns', { timeout: 1_800_000 }, async (context) => {
  operator.proxy.begin(makeFaultEngine([]));
  operator.process.start();
  const [step] = SCENARIOS.trade;
  assert.ok(step !== undefined);
  await takeStep(lane, step);

  const all = targets();
  const next = makeSequence(SEED);
  const chosen = IS_WHOLE
    ? all
    : all
        .map((target) => ({ target, rank: next() }))
        .toSorted((a, b) => a.rank - b.rank)
        .slice(0, SAMPLE)
        .map(({ target }) => target);
  const counts = { undone: 0 };
  const refused: string[] = [];
  const failures: string[] = [];
  const work = async (objects: Iterable<readonly Target[]>): Promise<void> => {
    for (const list of objects) {
      for (const target of list) {
        const problem = await tamper(target);
        if (problem === undefined) counts.undone += 1;
        else if (problem === 'refused') refused.push(titleOf(target));
        else failures.push(`${titleOf(target)}: ${problem}`);
      }
    }
  };
  // An edit changes the statuses of other objects, so statuses are edited last.
  for (const isStatus of [false, true]) {
    const some = chosen.filter(({ subresource }) => (subresource !== undefined) === isStatus);
    const objects = Map.groupBy(some, ({ type, name }) => `${type.kind} ${name}`).values();
    await eventually('everything is ready', () => step.problem(lane) === undefined, 60_000);
    // A status may still say Ready from before the last edit of a Deployment, so what an edit is compared with must have stood still.
    await eventually('everything stands still', standsStill, 60_000);
    await Promise.all(Array.from({ length: AT_ONCE }, () => work(objects)));
  }
  context.diagnostic(
    `${counts.undone} of ${chosen.length} edits undone (${all.length} there are); the API server itself refused ${refused.length}`,
  );
  assert.deepEqual(failures, []);
  assert.ok(counts.undone > chosen.length / 3, `expected many edits to be possible, the API server refused ${refused.join('\n')}`);
});

/** Whether no object changes for a while. */
async function standsStill(): Promise<boolean> {
  const all = (): string => JSON.stringify(RECORDED_TYPES.map((type) => lane.truth.list(type).map(comparable)));
  const first = all();
  await sleep(STILL_MS);
  return all() === first;
}

/** From the applied manifests of every field manager. */
function targets(): readonly Target[] {
  const manifests = new Map(
    operator.proxy.log
      .filter(({ request, statusCode }) => request.verb === 'apply' && statusCode < 300)
      .map((logged) => [`${logged.request.path} ${logged.request.query.get('fieldManager') ?? ''}`, logged] as const),
  );
  return [...manifests.values()].flatMap(({ request, body }) => {
    const type = RECORDED_TYPES.find(({ plural }) => plural === request.resource);
    const live = type === undefined ? undefined : lane.truth.get(type, request.name ?? '');
    if (type === undefined || live === undefined) return [];
    return makeEdits(JSON.parse(body) as object, live).map((edit) => ({
      type,
      name: live.metadata.name,
      subresource: request.subresource,
      edit,
    }));
  });
}

/** Undefined: the operator reverted the edit. `refused`: the API server refuses the edit, or the edit changes nothing. */
async function tamper({ type, name, subresource, edit }: Target): Promise<string | undefined> {
  const stand = (): unknown => {
    const object = lane.truth.get(type, name);
    return object === undefined ? undefined : comparable(object);
  };
  const before = stand();
  const path = resourcePath(type, { name, namespace: type.namespaced ? 'trading' : undefined, subresource });
  for (const operation of edit.candidates) {
    const edited = await patch(path, operation);
    if (edited === undefined || differences(before, comparable(edited)).length === 0) continue;
    try {
      await eventually(
        'undone',
        () => differences(before, stand()).length === 0 && newerThan(lane.truth.get(type, name), edited),
        UNDONE_MS_MAX,
      );
      return undefined;
    } catch {
      return `not undone (wanted | found): ${differences(before, stand()).join('; ')}`;
    }
  }
  return 'refused';
}

function newerThan(object: KubeObject | undefined, edited: KubeObject): boolean {
  return object !== undefined && Number(object.metadata.resourceVersion) > Number(edited.metadata.resourceVersion);
}

/** The truth about owners is that of this moment; what the deployment controller writes comes after. */
function comparable(object: KubeObject): unknown {
  const uids = new Set(RECORDED_TYPES.flatMap((type) => lane.truth.list(type).map(({ metadata }) => metadata.uid ?? '')));
  return normaliseObject(object.kind === 'Deployment' ? ({ ...object, status: undefined } as KubeObject) : object, uids);
}

async function patch(path: string, operation: PatchOperation): Promise<KubeObject | undefined> {
  try {
    return (await lane.cluster.raw({ method: 'PATCH', path, body: [operation], contentType: 'application/json-patch+json' })) as KubeObject;
  } catch (error) {
    if (error instanceof ClusterError && error.statusCode >= 400 && error.statusCode < 500) return undefined;
    throw error;
  }
}

function titleOf({ type, name, edit }: Target): string {
  return `${type.kind} ${name} ${edit.title}`;
}
