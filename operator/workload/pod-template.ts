/** Applies a pod template to the pod of a workload: defaults, merging, and which fields win. For `deployment.ts`. Pure. */
import { type PodTemplate, podTemplateSchema } from '@flotilla/contracts/resources/pod-template.ts';
import { largerQuantity, smallerQuantity } from '@flotilla/contracts/resources/quantity.ts';
import { readRecord } from '@flotilla/contracts/records/read-record.ts';

type Toleration = NonNullable<PodTemplate['tolerations']>[number];

/** Time for which a pod stays on a node that is lost or not ready. Kubernetes' own default of 300 s would leave positions unwatched. */
export const LOST_NODE_SECONDS = 10;
/**
 * The same for agents: Kubernetes' own default. Nothing fences an agent that lost the API server alone and still reaches the bus, and it would
 * share its consumer with its replacement, so each would see a part of the signals.
 */
export const LOST_NODE_AGENT_SECONDS = 300;
const LOST_NODE_TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;

const DEFAULT_RESOURCES = { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } } as const;

/** The pod template in an object's spec. Undefined when there is none, or when this build cannot read it: then the defaults apply. */
export function podTemplateOf(spec: unknown): PodTemplate | undefined {
  const template = (spec as { readonly podTemplate?: unknown } | undefined)?.podTemplate;
  if (template === undefined) return undefined;
  const read = readRecord(podTemplateSchema, template);
  return read.ok ? read.value : undefined;
}

/**
 * The installation's template with an object's own over it. The object's field replaces the installation's, except that labels, annotations,
 * node selectors and pull Secrets of both count, and the object's value of one key wins.
 */
export function mergePodTemplates(installation: PodTemplate = {}, own: PodTemplate = {}): PodTemplate {
  const secrets = [...(installation.imagePullSecrets ?? []), ...(own.imagePullSecrets ?? [])];
  return {
    ...installation,
    ...own,
    nodeSelector: { ...installation.nodeSelector, ...own.nodeSelector },
    labels: { ...installation.labels, ...own.labels },
    annotations: { ...installation.annotations, ...own.annotations },
    imagePullSecrets: [...new Map(secrets.map((secret) => [secret.name, secret])).values()],
  };
}

/** Resources of the container. A template that raises a request above the default limit raises the limit too, and the reverse. */
export function resourcesOf({ resources }: PodTemplate): Readonly<Record<string, unknown>> {
  const { requests, limits } = resources ?? {};
  const defaults = DEFAULT_RESOURCES;
  const memoryRequest = requests?.memory ?? smallerQuantity(defaults.requests.memory, limits?.memory ?? defaults.requests.memory);
  const memoryLimit = limits?.memory ?? largerQuantity(defaults.limits.memory, memoryRequest);
  const cpuRequest = requests?.cpu ?? smallerQuantity(defaults.requests.cpu, limits?.cpu ?? defaults.requests.cpu);
  return {
    requests: { cpu: cpuRequest, memory: memoryRequest },
    limits: { ...(limits?.cpu === undefined ? {} : { cpu: limits.cpu }), memory: memoryLimit },
  };
}

/** Fields of the pod's spec that say where the pod may run. `componentLabels` select the pods of the same component. */
export function placementOf(
  template: PodTemplate,
  componentLabels: Readonly<Record<string, string>>,
  lostNodeSeconds: number,
): Readonly<Record<string, unknown>> {
  const { nodeSelector = {}, affinity, topologySpreadConstraints = [] } = template;
  return {
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(affinity === undefined ? {} : { affinity }),
    tolerations: tolerationsOf(template, lostNodeSeconds),
    ...(topologySpreadConstraints.length === 0
      ? {}
      : {
          topologySpreadConstraints: topologySpreadConstraints.map((constraint) => ({
            ...constraint,
            labelSelector: constraint.labelSelector ?? { matchLabels: componentLabels },
          })),
        }),
  };
}

/** A toleration without a key does not count: it would keep the pod on a lost node for ever. */
function tolerationsOf({ tolerations = [] }: PodTemplate, lostNodeSeconds: number): readonly Toleration[] {
  const missing = LOST_NODE_TAINTS.filter((taint) => !tolerations.some(({ key }) => key === taint));
  return [
    ...tolerations,
    ...missing.map((key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: lostNodeSeconds })),
  ];
}
