/** The Deployment of one workload, fit for a cluster with Pod Security "restricted". For the plans of all kinds. Pure. */
import { BUS_TOKEN_AUDIENCE, BUS_TOKEN_FILE, BUS_TOKEN_FOLDER, BUS_TOKEN_LIFETIME_S } from '@flotilla/contracts/access/bus-token.ts';
import type { PodTemplate } from '@flotilla/contracts/resources/pod-template.ts';
import type { KubeManifest, OwnerReference } from '@flotilla/kube/mod.ts';
import type { EnvironmentVariable } from './environment.ts';
import { type Belonging, labelsOf, selectorOf } from './labels.ts';
import { LOST_NODE_AGENT_SECONDS, LOST_NODE_SECONDS, mergePodTemplates, placementOf, resourcesOf } from './pod-template.ts';
import type { PodSettings } from './settings.ts';

/** User and group of the image; nothing runs as root. */
const UNPRIVILEGED_ID = 65_532;
const HTTP_PORT_NAME = 'http';

export interface ServiceDeployment {
  readonly belonging: Belonging;
  readonly namespace: string;
  readonly image: string;
  /** Relative to the image's working directory, for example `exec/main.ts`. */
  readonly entryPoint: string;
  /** Port of health and metrics, which the probes ask. */
  readonly port: number;
  /** A second port, for callers. The environment of the service holds the number. */
  readonly publicPort?: { readonly name: string; readonly port: number };
  readonly replicas: number;
  readonly strategy: ReplacementStrategy;
  readonly environment: readonly EnvironmentVariable[];
  /** Tokens of the ServiceAccount for other principals of the same process, in the folder of the token that every pod has. */
  readonly moreBusTokens?: readonly BusToken[];
  readonly volumes?: readonly Volume[];
  /** Annotations of the Deployment itself: a change restarts no pod. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly podAnnotations?: Readonly<Record<string, string>>;
  readonly terminationGraceSeconds: number;
  readonly owner: OwnerReference | undefined;
  readonly pods?: PodSettings | undefined;
  /** The template of the object, which goes over the template of the installation. */
  readonly podTemplate?: PodTemplate | undefined;
}

/**
 * How a changed pod replaces the one before.
 *
 * - `Recreate`: the new pod starts when no old one is left. For a service that must not run twice at once.
 * - `TakeOver`: the old pod is told to end and the new one starts at once. For a service that waits for its predecessor and fences it. An old
 *   pod that cannot end, because its node is lost, does not hold the new one up.
 * - `RollingUpdate`: the old pod ends when the new one is ready.
 */
export type ReplacementStrategy = 'Recreate' | 'TakeOver' | 'RollingUpdate';

const DEPLOYMENT_STRATEGIES: Readonly<Record<ReplacementStrategy, Readonly<Record<string, unknown>>>> = {
  Recreate: { type: 'Recreate' },
  TakeOver: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
  RollingUpdate: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
};

/** A volume and where it is mounted. */
export interface Volume {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly source: Readonly<Record<string, unknown>>;
}

/** A token of the pod's ServiceAccount for one audience of the bus. */
export interface BusToken {
  readonly audience: string;
  /** Name of the file. */
  readonly file: string;
}

/** Proves to the bus who the pod is. The kubelet renews the tokens; the API server refuses them for everything else. */
function busTokenVolume(more: readonly BusToken[]): Volume {
  return {
    name: 'bus-token',
    mountPath: BUS_TOKEN_FOLDER,
    readOnly: true,
    source: {
      projected: {
        sources: [{ audience: BUS_TOKEN_AUDIENCE, file: BUS_TOKEN_FILE }, ...more].map(({ audience, file }) => ({
          serviceAccountToken: { audience, expirationSeconds: BUS_TOKEN_LIFETIME_S, path: file },
        })),
      },
    },
  };
}

/** Builds the Deployment of one service, named after its instance. Labels, annotations and security settings of Flotilla win over every template. */
export function deploymentManifest(service: ServiceDeployment): KubeManifest {
  const { belonging, namespace, owner, replicas } = service;
  const labels = labelsOf(belonging);
  const template = mergePodTemplates(service.pods?.template, service.podTemplate);
  const annotations = { ...template.annotations, ...service.podAnnotations };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: belonging.instance,
      namespace,
      labels,
      ...(service.annotations === undefined ? {} : { annotations: service.annotations }),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: {
      replicas,
      revisionHistoryLimit: 2,
      selector: { matchLabels: selectorOf(belonging) },
      strategy: DEPLOYMENT_STRATEGIES[service.strategy],
      template: {
        metadata: { labels: { ...template.labels, ...labels }, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
        spec: podSpec(service, template),
      },
    },
  };
}

function podSpec(service: ServiceDeployment, template: PodTemplate): Readonly<Record<string, unknown>> {
  const { pods = {} } = service;
  const volumes = [busTokenVolume(service.moreBusTokens ?? []), ...(service.volumes ?? [])];
  const priorityClass = service.belonging.component === 'agent' ? pods.agentPriorityClass : pods.tradingPriorityClass;
  const pullSecrets = [...new Set([...(pods.imagePullSecrets ?? []), ...(template.imagePullSecrets ?? []).map(({ name }) => name)])];
  return {
    serviceAccountName: service.belonging.instance,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(priorityClass === undefined ? {} : { priorityClassName: priorityClass }),
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    terminationGracePeriodSeconds: service.terminationGraceSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UNPRIVILEGED_ID,
      runAsGroup: UNPRIVILEGED_ID,
      fsGroup: UNPRIVILEGED_ID,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...placementOf(
      template,
      { 'app.kubernetes.io/component': service.belonging.component },
      service.belonging.component === 'agent' ? LOST_NODE_AGENT_SECONDS : LOST_NODE_SECONDS,
    ),
    containers: [container(service, template, volumes)],
    volumes: volumes.map(({ name, source }) => ({ name, ...source })),
  };
}

function container(service: ServiceDeployment, template: PodTemplate, volumes: readonly Volume[]): Readonly<Record<string, unknown>> {
  return {
    name: service.belonging.component,
    image: service.image,
    imagePullPolicy: service.pods?.imagePullPolicy ?? 'IfNotPresent',
    command: ['node', service.entryPoint],
    workingDir: '/app',
    env: service.environment,
    ports: [{ name: HTTP_PORT_NAME, port: service.port }, ...(service.publicPort === undefined ? [] : [service.publicPort])].map(
      ({ name, port }) => ({ name, containerPort: port, protocol: 'TCP' }),
    ),
    // A node that starts twenty pods at once is slow, not broken: a start may take two minutes.
    startupProbe: { httpGet: { path: '/live', port: HTTP_PORT_NAME }, periodSeconds: 1, failureThreshold: 120, timeoutSeconds: 5 },
    readinessProbe: { httpGet: { path: '/ready', port: HTTP_PORT_NAME }, periodSeconds: 1, failureThreshold: 3, timeoutSeconds: 3 },
    livenessProbe: { httpGet: { path: '/live', port: HTTP_PORT_NAME }, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 },
    // The last lines of the log become the reason in the pod's status, which the status of a Portfolio repeats.
    terminationMessagePolicy: 'FallbackToLogsOnError',
    resources: resourcesOf(template),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: volumes.map(({ name, mountPath, readOnly }) => ({ name, mountPath, readOnly })),
  };
}
