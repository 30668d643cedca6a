/**
 * Plans the Secret with the key from which an agent derives its ids. The operator has the right to create Secrets and no other right to them, so
 * a key that exists is never seen: its creation is refused, and that is well. Pure.
 */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { CreateIntent, EventIntent } from '@flotilla/kube/execute/intent.ts';
import { controllerOf, controllerReference } from '@flotilla/kube/objects/owner-reference.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/objects/resource-type.ts';
import { agentDeploymentName, agentKeyName, formerAgentKeyName } from '../fleet/workload-names.ts';
import { KINDS } from '../kinds.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import { labelsOf } from '../workload/labels.ts';

/** Bytes of the key under which an agent derives its ids. */
export const AGENT_KEY_BYTES = 32;
export const AGENT_KEY_VARIABLE = 'FLOTILLA_AGENT_KEY';
/** An agent that is not available for longer than this may lack its key. A start lasts seconds. */
const START_MS_MAX = 5_000;

/** The Secret that the agent of a Strategy mounts. A running agent keeps the name that an earlier operator gave: with another key it would give the ids of its decisions anew. */
export function agentKeyNameOf(strategy: ResourceObject, deployment: DeploymentObject | undefined): string {
  const { name, uid = '' } = strategy.metadata;
  const former = formerAgentKeyName(name);
  const isOwn = deployment !== undefined && controllerOf(deployment)?.uid === uid;
  return isOwn && deployedKeyName(deployment) === former ? former : agentKeyName(name, uid);
}

function deployedKeyName(deployment: DeploymentObject): string | undefined {
  const variables = (deployment.spec?.template?.spec?.containers ?? []).flatMap(({ env }) => env ?? []);
  return variables.find(({ name }) => name === AGENT_KEY_VARIABLE)?.valueFrom?.secretKeyRef?.name;
}

/**
 * Whether the key has to be created. Before the first pod of this Strategy: yes, also while the Deployment of a former Strategy of the same name
 * still stands. Afterwards only while the agent has been unavailable for some seconds, because a person may have deleted the key: a pod that runs
 * holds its key, and a pod without its key does not start.
 */
export function mayLackKey(strategy: ResourceObject, deployment: DeploymentObject | undefined, nowMs: number): boolean {
  if (!mountsOwnKey(strategy, deployment)) return true;
  const available = deployment?.status?.conditions?.find(({ type }) => type === 'Available');
  if (deployment?.spec?.replicas === 0 || available?.status !== 'False' || available.lastTransitionTime === undefined) return false;
  return nowMs - Date.parse(available.lastTransitionTime) > START_MS_MAX;
}

/** Whether the agent has been deployed with the key of this very Strategy. */
export function mountsOwnKey(strategy: ResourceObject, deployment: DeploymentObject | undefined): boolean {
  return deployment !== undefined && deployedKeyName(deployment) === agentKeyNameOf(strategy, deployment);
}

export function agentKeySecret(strategy: ResourceObject, secretName: string, portfolio: string, key: Uint8Array): CreateIntent {
  const { name, namespace = '' } = strategy.metadata;
  const labels = labelsOf({ component: 'agent', instance: agentDeploymentName(name), portfolio, strategy: name });
  return {
    type: 'create',
    resource: KUBERNETES_TYPES.secret,
    manifest: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace, labels, ownerReferences: [controllerReference(KINDS.strategy, strategy)] },
      type: 'Opaque',
      immutable: true,
      stringData: { key: Buffer.from(key).toString('base64') },
    },
  };
}

/** Tells that an agent that ran before has got another key. */
export function makeKeyEvent(strategy: ResourceObject, secretName: string): EventIntent {
  return {
    type: 'event',
    resource: KINDS.strategy,
    regarding: strategy,
    severity: 'Warning',
    reason: 'AgentKeyReplaced',
    action: 'Reconcile',
    note: `Secret ${secretName} did not exist any more, so the operator has created another key; the agent starts without its checkpoint, as a new Strategy does`,
  };
}
