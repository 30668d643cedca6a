/** Which pods stand behind a Service; pure. */
import type { KubeObject } from '@flotilla/kube/mod.ts';
import type { PodRecord } from './container-record.ts';
import type { Pod } from './pod-types.ts';

export interface Service extends KubeObject {
  readonly spec?: {
    readonly type?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
  };
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly nodePort?: number;
  readonly protocol?: string;
}

export interface Target {
  readonly address: string;
  readonly port: number;
}

/** TCP node ports of a Service. */
export function nodePorts(service: Service): readonly (ServicePort & { readonly nodePort: number })[] {
  const { type, ports = [] } = service.spec ?? {};
  if (type !== 'NodePort' && type !== 'LoadBalancer') return [];
  return ports.flatMap((port) =>
    port.nodePort !== undefined && (port.protocol ?? 'TCP') === 'TCP' ? [{ ...port, nodePort: port.nodePort }] : [],
  );
}

/** Ready pods of the Service's namespace that carry every label of its selector; a pod that is being deleted gets nothing new. */
export function serviceTargets(
  service: Service,
  port: ServicePort,
  pods: readonly { readonly pod: Pod; readonly record: PodRecord }[],
): readonly Target[] {
  const selector = Object.entries(service.spec?.selector ?? {});
  if (selector.length === 0) return [];
  return pods.flatMap(({ pod, record }) => {
    if (pod.metadata.namespace !== service.metadata.namespace || pod.metadata.deletionTimestamp !== undefined) return [];
    if (!selector.every(([key, value]) => pod.metadata.labels?.[key] === value) || !isReady(pod, record)) return [];
    const target = targetPort(port, pod);
    return target === undefined ? [] : [{ address: record.address, port: target }];
  });
}

function isReady(pod: Pod, record: PodRecord): boolean {
  return pod.spec.containers.every(({ name }) => record.containers.some((container) => container.name === name && container.ready));
}

function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const wanted = port.targetPort ?? port.port;
  if (typeof wanted === 'number') return wanted;
  return pod.spec.containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === wanted)?.containerPort;
}
