/** Plans the objects of a Strategy: snapshot in, intents out. Pure. */
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { LeakStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import type { Intent } from '@flotilla/kube/execute/intent.ts';
import { controllerReference } from '@flotilla/kube/objects/owner-reference.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/objects/resource-type.ts';
import { KINDS } from '../kinds.ts';
import type { DeploymentObject } from '../workload/deployment-state.ts';
import { deploymentManifest } from '../workload/deployment.ts';
import {
  busEnvironment,
  commonEnvironment,
  type EnvironmentVariable,
  secretVariable,
  tracingEnvironment,
} from '../workload/environment.ts';
import type { Belonging } from '../workload/labels.ts';
import { networkPolicyManifest } from '../workload/network-policy.ts';
import { networkEnvironment } from '../workload/network-targets.ts';
import { podTemplateOf } from '../workload/pod-template.ts';
import { serviceAccountManifest } from '../workload/service-account.ts';
import { serverUrls, type WorkloadSettings } from '../workload/settings.ts';
import { AGENT_SPEC_ANNOTATION, type AgentSpec, revisionOf } from '../fleet/agent-spec.ts';
import { agentDeploymentName } from '../fleet/workload-names.ts';
import { type AgentView, agentViewOf } from '../fleet/agent-view.ts';
import type { Resume } from '../fleet/leak-pause.ts';
import type { BlockedStrategy, ResolvedStrategy } from '../fleet/resolve-strategy.ts';
import type { RolloutStep } from '../fleet/rollout-step.ts';
import { stoppageOf } from '../fleet/stoppage.ts';
import { AGENT_KEY_VARIABLE, agentKeyNameOf, agentKeySecret } from './agent-key.ts';

export interface StrategySnapshot {
  readonly strategy: ResourceObject;
  readonly resolved: ResolvedStrategy | BlockedStrategy;
  /** Absent counts as if exec reported nothing. */
  readonly agent?: AgentView | undefined;
  /** The change from one revision to another, while exec takes orders of the former. */
  readonly rollout?: RolloutStep | undefined;
  /** Names of the KillSwitches that stop agents in this strategy's portfolio. */
  readonly stoppedBy: readonly string[];
  /** The leak of its permissions that stops the strategy. */
  readonly leak?: LeakStatus | undefined;
  /** A person has let the strategy resume after a leak. */
  readonly resume?: Resume | undefined;
  readonly deployment: DeploymentObject | undefined;
  /** Whether the Secret with the agent's key may be missing. */
  readonly mayLackKey: boolean;
}

/** One agent, or none for a strategy that has a mistake, is stopped or is being deleted. */
export function replicasOf({ strategy, resolved, stoppedBy, leak }: StrategySnapshot): 0 | 1 {
  const deleting = strategy.metadata.deletionTimestamp !== undefined;
  return stoppageOf({ deleting, resolved, stoppedBy, leak }) === undefined ? 1 : 0;
}

/** The revision that the Deployment must run now: the old one until exec takes orders of the next one and no old pod is left. */
export function agentToRun(snapshot: StrategySnapshot & { readonly agent: AgentView }): {
  readonly spec: AgentSpec;
  readonly replicas: 0 | 1;
} {
  const { agent, rollout } = snapshot;
  const replicas = replicasOf(snapshot);
  if (agent.older === undefined) return { spec: agent.wanted, replicas: rollout === undefined ? replicas : 0 };
  if (rollout !== undefined) return { spec: agent.older.spec, replicas: rollout.keepsAgent ? replicas : 0 };
  return agent.stopped ? { spec: agent.wanted, replicas } : { spec: agent.older.spec, replicas: 0 };
}

/** Plans the key of the agent; nothing while the agent must have it. @param newKey bytes of a key in case that there is none */
export function planAgentKey(
  { strategy, resolved, deployment, mayLackKey }: StrategySnapshot,
  newKey: () => Uint8Array,
): readonly Intent[] {
  if (!resolved.ok || strategy.metadata.deletionTimestamp !== undefined || !mayLackKey) return [];
  return [agentKeySecret(strategy, agentKeyNameOf(strategy, deployment), resolved.spec.portfolioRef.name, newKey())];
}

/** Plans the agent with its ServiceAccount and NetworkPolicy. For a strategy that has a mistake or is being deleted, only the Deployment is deleted. */
export function planStrategy(snapshot: StrategySnapshot, settings: WorkloadSettings): readonly Intent[] {
  const { strategy, resolved, deployment } = snapshot;
  // In a namespace that is being deleted nothing may be created, and a strategy that leaves needs nothing.
  if (!resolved.ok || strategy.metadata.deletionTimestamp !== undefined) {
    return deployment === undefined ? [] : [{ type: 'delete', resource: KUBERNETES_TYPES.deployment, object: deployment }];
  }
  const { namespace } = settings;
  const owner = controllerReference(KINDS.strategy, strategy);
  const belonging = belongingOf(resolved);
  const agent = snapshot.agent ?? agentViewOf(resolved, deployment, undefined, settings);
  const { spec, replicas } = agentToRun({ ...snapshot, agent });
  const principal = { role: 'SignalAgent', portfolio: resolved.spec.portfolioRef.name, strategy: resolved.name } as const;
  const manifest = deploymentManifest({
    belonging,
    namespace,
    image: spec.image,
    annotations: { [AGENT_SPEC_ANNOTATION]: canonicalJson(spec) },
    pods: settings.pods,
    entryPoint: 'agents/main.ts',
    port: SERVICE_PORTS.agents,
    replicas,
    strategy: 'Recreate',
    podTemplate: podTemplateOf(strategy.spec),
    environment: [
      ...agentEnvironment(resolved, spec, settings, agentKeyNameOf(strategy, deployment)),
      ...networkEnvironment(compileRole(undefined, principal).network, settings),
    ],
    terminationGraceSeconds: 25,
    owner,
  });
  const { network } = compileRole(resolved.role, principal);
  const surroundings = networkPolicyManifest({
    belonging,
    namespace,
    owner,
    reaches: serverUrls(network.servers, settings),
    hosts: network.hosts,
    healthPort: SERVICE_PORTS.agents,
    network: settings.network,
  });
  return [
    { type: 'apply', resource: KUBERNETES_TYPES.serviceAccount, manifest: serviceAccountManifest(belonging, namespace, owner) },
    { type: 'apply', resource: KUBERNETES_TYPES.networkPolicy, manifest: surroundings, whole: true },
    { type: 'apply', resource: KUBERNETES_TYPES.deployment, manifest, whole: true },
  ];
}

function belongingOf({ name, spec }: ResolvedStrategy): Belonging {
  return { component: 'agent', instance: agentDeploymentName(name), portfolio: spec.portfolioRef.name, strategy: name };
}

function agentEnvironment(
  { name, role, spec: { portfolioRef } }: ResolvedStrategy,
  spec: AgentSpec,
  settings: WorkloadSettings,
  keySecret: string,
): readonly EnvironmentVariable[] {
  return [
    ...commonEnvironment({ ...settings, revision: spec.build }, SERVICE_PORTS.agents),
    ...tracingEnvironment(settings),
    ...busEnvironment(settings),
    ...venuesEnvironment(role),
    ...publicationsEnvironment(role),
    { name: 'FLOTILLA_PORTFOLIO', value: portfolioRef.name },
    { name: 'FLOTILLA_STRATEGY', value: name },
    { name: 'FLOTILLA_STRATEGY_REVISION', value: revisionOf(spec) },
    { name: 'FLOTILLA_AGENT', value: spec.agent },
    { name: 'FLOTILLA_PARAMETERS', value: canonicalJson(spec.parameters) },
    { name: 'FLOTILLA_INSTRUMENTS', value: canonicalJson(spec.instruments) },
    { name: 'FLOTILLA_DECISION_MODE', value: 'Direct' },
    secretVariable(AGENT_KEY_VARIABLE, keySecret, 'key'),
  ];
}

/** An agent that may publish proposals alone sends them on another subject, and sends no intents. */
function publicationsEnvironment(role: ResolvedStrategy['role']): readonly EnvironmentVariable[] {
  return role?.spec.publications === 'Proposals' ? [{ name: 'FLOTILLA_PUBLICATIONS', value: 'Proposals' }] : [];
}

/** An agent folds stored signals at its start, and leaves out those that its consumer would not have delivered. */
function venuesEnvironment(role: ResolvedStrategy['role']): readonly EnvironmentVariable[] {
  const venues = role?.spec.signals?.venues;
  return venues === undefined ? [] : [{ name: 'FLOTILLA_VENUES', value: canonicalJson(venues) }];
}
