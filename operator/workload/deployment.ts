import type { KubeManifest, OwnerReference } from '@flotilla/kube/mod.ts';
import type { EnvironmentVariable } from './environment.ts';
import { type Belonging, labelsOf, selectorOf } from './labels.ts';
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
  readonly port: number;
  readonly replicas: number;
  /** Recreate where two instances at once would be wrong; RollingUpdate never goes below what is wanted. */
  readonly strategy: 'Recreate' | 'RollingUpdate';
  readonly environment: readonly EnvironmentVariable[];
  readonly volumes?: readonly Volume[];
  /** Of the Deployment itself: a change of them starts no pod anew. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly podAnnotations?: Readonly<Record<string, string>>;
  readonly terminationGraceSeconds: number;
  readonly owner: OwnerReference | undefined;
  readonly pods?: PodSettings | undefined;
}

/** A volume and where it is mounted. */
export interface Volume {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly source: Readonly<Record<string, unknown>>;
}

/** One service as a Deployment named after its instance, as a hardened cluster wants it. */
export function deploymentManifest(service: ServiceDeployment): KubeManifest {
  const { belonging, namespace, owner, replicas } = service;
  const labels = labelsOf(belonging);
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
      strategy: service.strategy === 'Recreate' ? { type: 'Recreate' } : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
      template: {
        metadata: { labels, ...(service.podAnnotations === undefined ? {} : { annotations: service.podAnnotations }) },
        spec: podSpec(service),
      },
    },
  };
}

function podSpec(service: ServiceDeployment): Readonly<Record<string, unknown>> {
  const { pods = {} } = service;
  const volumes = service.volumes ?? [];
  const priorityClass = service.belonging.component === 'agent' ? pods.agentPriorityClass : pods.tradingPriorityClass;
  const pullSecrets = pods.imagePullSecrets ?? [];
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
    containers: [container(service, volumes)],
    ...(volumes.length === 0 ? {} : { volumes: volumes.map(({ name, source }) => ({ name, ...source })) }),
  };
}

function container(service: ServiceDeployment, volumes: readonly Volume[]): Readonly<Record<string, unknown>> {
  return {
    name: service.belonging.component,
    image: service.image,
    imagePullPolicy: service.pods?.imagePullPolicy ?? 'IfNotPresent',
    command: ['node', service.entryPoint],
    workingDir: '/app',
    env: service.environment,
    ports: [{ name: HTTP_PORT_NAME, containerPort: service.port, protocol: 'TCP' }],
    // A node that starts twenty pods at once is slow, not broken: a start may take two minutes.
    startupProbe: { httpGet: { path: '/live', port: HTTP_PORT_NAME }, periodSeconds: 1, failureThreshold: 120, timeoutSeconds: 5 },
    readinessProbe: { httpGet: { path: '/ready', port: HTTP_PORT_NAME }, periodSeconds: 1, failureThreshold: 3, timeoutSeconds: 3 },
    livenessProbe: { httpGet: { path: '/live', port: HTTP_PORT_NAME }, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 5 },
    resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    ...(volumes.length === 0 ? {} : { volumeMounts: volumes.map(({ name, mountPath, readOnly }) => ({ name, mountPath, readOnly })) }),
  };
}
