/** What a Strategy needs: pure, snapshot in, intents out. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/service-ports.ts';
import type { Intent } from '../control/intent.ts';
import { controllerReference } from '../control/owner-reference.ts';
import { KINDS } from '../kinds.ts';
import { KUBERNETES_TYPES } from '../kube/resource-type.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import { deploymentManifest } from '../workload/deployment.ts';
import { busEnvironment, commonEnvironment, type EnvironmentVariable, secretVariable, storeEnvironment } from '../workload/environment.ts';
import { type Belonging, labelsOf } from '../workload/labels.ts';
import { networkPolicyManifest } from '../workload/network-policy.ts';
import { serviceAccountManifest } from '../workload/service-account.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import type { Blocked, ResolvedStrategy } from './resolve-strategy.ts';

/** Bytes of the key under which an agent derives its ids. */
export const AGENT_KEY_BYTES = 32;

export interface StrategySnapshot {
  readonly strategy: ResourceObject;
  readonly resolved: ResolvedStrategy | Blocked;
  /** Names of the KillSwitches that stop agents in this strategy's portfolio. */
  readonly stoppedBy: readonly string[];
  readonly deployment: DeploymentObject | undefined;
  readonly hasKey: boolean;
}

/** One agent, or none: a strategy that is wrong, stopped or leaving has no pod. */
export function replicasOf({ strategy, resolved, stoppedBy }: StrategySnapshot): 0 | 1 {
  const leaving = strategy.metadata.deletionTimestamp !== undefined;
  return resolved.ok && resolved.spec.desiredState === 'Running' && stoppedBy.length === 0 && !leaving ? 1 : 0;
}

/**
 * The agent and what surrounds it. Without a valid strategy there is nothing to run, so the Deployment goes and the rest stays.
 *
 * @param newKey made only when there is none: the ids of an agent hang on its key
 */
export function planStrategy(snapshot: StrategySnapshot, settings: WorkloadSettings, newKey: () => Uint8Array): readonly Intent[] {
  const { strategy, resolved, deployment } = snapshot;
  if (!resolved.ok) {
    return deployment === undefined ? [] : [{ type: 'delete', resource: KUBERNETES_TYPES.deployment, object: deployment }];
  }
  const { namespace } = settings;
  const owner = controllerReference(KINDS.strategy, strategy);
  const belonging = belongingOf(resolved);
  const agent = deploymentManifest({
    belonging,
    namespace,
    image: settings.image,
    pods: settings.pods,
    entryPoint: 'agents/main.ts',
    port: SERVICE_PORTS.agents,
    replicas: replicasOf(snapshot),
    strategy: 'Recreate',
    environment: agentEnvironment(resolved, settings),
    terminationGraceSeconds: 25,
    owner,
  });
  const surroundings = networkPolicyManifest({ belonging, namespace, owner, reaches: [settings.natsUrl, settings.redisUrl] });
  return [
    ...(snapshot.hasKey ? [] : [keySecret(resolved.name, belonging, namespace, owner, newKey())]),
    { type: 'apply', resource: KUBERNETES_TYPES.serviceAccount, manifest: serviceAccountManifest(belonging, namespace, owner) },
    { type: 'apply', resource: KUBERNETES_TYPES.networkPolicy, manifest: surroundings },
    { type: 'apply', resource: KUBERNETES_TYPES.deployment, manifest: agent },
  ];
}

export function agentDeploymentName(strategy: string): string {
  return `${strategy}-agent`;
}

export function agentKeyName(strategy: string): string {
  return `${strategy}-agent-key`;
}

function belongingOf({ name, spec }: ResolvedStrategy): Belonging {
  return { component: 'agent', instance: agentDeploymentName(name), portfolio: spec.portfolioRef.name, strategy: name };
}

function agentEnvironment(strategy: ResolvedStrategy, settings: WorkloadSettings): readonly EnvironmentVariable[] {
  const { name, spec, agent, instruments } = strategy;
  return [
    ...commonEnvironment(settings, SERVICE_PORTS.agents),
    ...busEnvironment(settings, 'agents'),
    ...storeEnvironment(settings, 'agents'),
    { name: 'FLOTILLA_PORTFOLIO', value: spec.portfolioRef.name },
    { name: 'FLOTILLA_STRATEGY', value: name },
    { name: 'FLOTILLA_AGENT', value: agent },
    { name: 'FLOTILLA_PARAMETERS', value: JSON.stringify(spec.parameters) },
    { name: 'FLOTILLA_INSTRUMENTS', value: JSON.stringify(instruments) },
    { name: 'FLOTILLA_DECISION_MODE', value: 'Direct' },
    secretVariable('FLOTILLA_AGENT_KEY', agentKeyName(name), 'key'),
  ];
}

function keySecret(
  strategy: string,
  belonging: Belonging,
  namespace: string,
  owner: ReturnType<typeof controllerReference>,
  key: Uint8Array,
): Intent {
  const text = Buffer.from(key).toString('base64');
  return {
    type: 'create',
    resource: KUBERNETES_TYPES.secret,
    manifest: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: agentKeyName(strategy), namespace, labels: labelsOf(belonging), ownerReferences: [owner] },
      type: 'Opaque',
      immutable: true,
      stringData: { key: text },
    },
  };
}
