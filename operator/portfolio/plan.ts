/** Plans the objects of a Portfolio: snapshot in, intents out. Pure. */
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import type { ExecConfig } from '@flotilla/contracts/control/exec-config.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import type { ApplyIntent } from '@flotilla/kube/execute/intent.ts';
import { controllerReference } from '@flotilla/kube/objects/owner-reference.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/objects/resource-type.ts';
import { KINDS } from '../kinds.ts';
import type { BlockedPortfolio, ResolvedPortfolio } from '../fleet/resolve-strategy.ts';
import { deploymentManifest } from '../workload/deployment.ts';
import { busEnvironment, commonEnvironment, tracingEnvironment } from '../workload/environment.ts';
import type { Belonging } from '../workload/labels.ts';
import { networkPolicyManifest } from '../workload/network-policy.ts';
import { networkEnvironment } from '../workload/network-targets.ts';
import { podTemplateOf } from '../workload/pod-template.ts';
import { serviceAccountManifest } from '../workload/service-account.ts';
import { serverUrls, type WorkloadSettings } from '../workload/settings.ts';
import { makeExecConfig, pausedExecConfig, type StrategyInput } from '../fleet/exec-config.ts';
import { execDeploymentName } from '../fleet/workload-names.ts';
import type { HeardExecs } from '../fleet/settle-policies.ts';

export interface PortfolioSnapshot {
  readonly portfolio: ResourceObject;
  readonly resolved: ResolvedPortfolio | BlockedPortfolio;
  readonly strategies: readonly StrategyInput[];
}

/** The configuration that exec should run; undefined when none was ever made and none can be made now. */
export function planExecConfig(
  { resolved, strategies }: PortfolioSnapshot,
  last: ExecConfig | undefined,
  heard: HeardExecs,
): ExecConfig | undefined {
  return resolved.ok ? makeExecConfig(resolved, strategies, last, heard) : pausedExecConfig(last, strategies);
}

/** Plans exec with its ServiceAccount and NetworkPolicy. exec runs even when the portfolio has a mistake, to watch its positions and cancel its orders. */
export function planExecWorkload(portfolio: ResourceObject, settings: WorkloadSettings): readonly ApplyIntent[] {
  const { name } = portfolio.metadata;
  const { namespace } = settings;
  // During a deletion in the foreground the garbage collector would delete the objects that the Portfolio owns.
  const owner = portfolio.metadata.deletionTimestamp === undefined ? controllerReference(KINDS.portfolio, portfolio) : undefined;
  const belonging: Belonging = { component: 'exec', instance: execDeploymentName(name), portfolio: name };
  const { network } = compileRole(undefined, { role: 'Exec', portfolio: name });
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
      ...tracingEnvironment(settings),
      ...busEnvironment(settings),
      { name: 'FLOTILLA_PORTFOLIO', value: name },
      { name: 'FLOTILLA_STREAM_REPLICAS', value: String(settings.streamReplicas) },
      ...networkEnvironment(network, settings),
    ],
    terminationGraceSeconds: 25,
    owner,
  });
  return [
    { type: 'apply', resource: KUBERNETES_TYPES.serviceAccount, manifest: serviceAccountManifest(belonging, namespace, owner) },
    {
      type: 'apply',
      resource: KUBERNETES_TYPES.networkPolicy,
      whole: true,
      manifest: networkPolicyManifest({
        belonging,
        namespace,
        owner,
        reaches: serverUrls(network.servers, settings),
        healthPort: SERVICE_PORTS.exec,
        network: settings.network,
      }),
    },
    { type: 'apply', resource: KUBERNETES_TYPES.deployment, manifest: deployment, whole: true },
  ];
}
