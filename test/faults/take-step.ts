/** Takes one step of a scenario: the action of the user, and the wait for its result. */
import { compareResourceVersions, type ResourceType } from '@flotilla/kube/mod.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { Lane } from './lane.ts';
import type { UserObject } from './objects.ts';
import type { Step } from './scenarios.ts';
import { NAMESPACE } from './world/recorder.ts';

/** The operator waits longest for an answer: 30 s. */
export const STEP_MS_MAX = Number(process.env['FLOTILLA_FAULTS_STEP_MS'] ?? 60_000);

export async function takeStep(lane: Lane, { title, apply = [], remove = [], problem }: Step): Promise<void> {
  await lane.exclusive(async () => {
    for (const [type, name] of remove) await removeAsUser(lane, type, name);
    for (const object of apply) await applyAsUser(lane, object);
  });
  let last: string | undefined;
  await eventually(title, () => (last = problem(lane)) === undefined, STEP_MS_MAX).catch(() => {
    throw new Error(`"${title}" was not reached within ${STEP_MS_MAX} ms: ${last ?? ''}`);
  });
}

/** Resolves when the recorder has seen the change, so that no older state counts as its outcome. */
async function applyAsUser({ cluster, truth }: Pick<Lane, 'cluster' | 'truth'>, { type, manifest }: UserObject): Promise<void> {
  const { resourceVersion = '0' } = (await cluster.apply(type, manifest, { fieldManager: 'user' })).metadata;
  await eventually(`${type.kind} ${manifest.metadata.name} is recorded`, () => {
    const seen = truth.get(type, manifest.metadata.name)?.metadata.resourceVersion ?? '0';
    return compareResourceVersions(seen, resourceVersion) >= 0;
  });
}

async function removeAsUser({ cluster, truth }: Pick<Lane, 'cluster' | 'truth'>, type: ResourceType, name: string): Promise<void> {
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
