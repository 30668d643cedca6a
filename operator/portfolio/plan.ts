/** What a Portfolio needs: pure, snapshot in, intents out. */
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import type { ApplyIntent } from '@flotilla/kube/execute/intent.ts';
import { controllerReference } from '@flotilla/kube/objects/owner-reference.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/objects/resource-type.ts';
import { KINDS } from '../kinds.ts';
import type { BlockedPortfolio, ResolvedPortfolio } from '../fleet/resolve-strategy.ts';
import { deploymentManifest } from '../workload/deployment.ts';
import { busEnvironment, commonEnvironment } from '../workload/environment.ts';
import type { Belonging } from '../workload/labels.ts';
import { networkPolicyManifest } from '../workload/network-policy.ts';
import { podTemplateOf } from '../workload/pod-template.ts';
import { serviceAccountManifest } from '../workload/service-account.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import { makeExecConfig, pausedExecConfig, type StrategyInput } from '../fleet/exec-config.ts';
import type { HeardExecs } from '../fleet/settle-policies.ts';

export interface PortfolioSnapshot {
  readonly portfolio: ResourceObject;
  readonly resolved: ResolvedPortfolio | BlockedPortfolio;
  readonly strategies: readonly StrategyInput[];
}

/** The configuration that exec should run; undefined when there never was one and none can be made. */
export function planExecConfig(
  { resolved, strategies }: PortfolioSnapshot,
  last: ExecConfig | undefined,
  heard: HeardExecs,
): ExecConfig | undefined {
  return resolved.ok ? makeExecConfig(resolved, strategies, last, heard) : pausedExecConfig(last, strategies);
}

/** exec and what surrounds it. It runs even when the portfolio is blocked: what it holds still has to be watched and cancelled. */
export function planExecWorkload(portfolio: ResourceObject, settings: WorkloadSettings): readonly ApplyIntent[] {
  const { name } = portfolio.metadata;
  const { namespace } = settings;
  // The garbage collector would delete what a Portfolio owns that is being deleted in the foreground.
  const owner = portfolio.metadata.deletionTimestamp === undefined ? controllerReference(KINDS.portfolio, portfolio) : undefined;
  const belonging: Belonging = { component: 'exec', instance: execDeploymentName(name), portfolio: name };
  const deployment = deploymentManifest({
    belonging,
    namespace,
    image: settings.image,
    pods: settings.pods,
    entryPoint: 'exec/main.ts',
    port: SERVICE_PORTS.exec,
    replicas: 1,
    strategy: 'TakeOver',
    podTemplate: podTemplateOf(portfolio.spec),
    environment: [
      ...commonEnvironment(settings, SERVICE_PORTS.exec),
      ...busEnvironment(settings, 'exec'),
      { name: 'FLOTILLA_PORTFOLIO', value: name },
    ],
    terminationGraceSeconds: 25,
    owner,
  });
  return [
    { type: 'apply', resource: KUBERNETES_TYPES.serviceAccount, manifest: serviceAccountManifest(belonging, namespace, owner) },
    {
      type: 'apply',
      resource: KUBERNETES_TYPES.networkPolicy,
      manifest: networkPolicyManifest({
        belonging,
        namespace,
        owner,
        reaches: [settings.natsUrl, settings.otlpEndpoint],
        healthPort: SERVICE_PORTS.exec,
        network: settings.network,
      }),
    },
    { type: 'apply', resource: KUBERNETES_TYPES.deployment, manifest: deployment, whole: true },
  ];
}

export function execDeploymentName(portfolio: string): string {
  return `${portfolio}-exec`;
}
