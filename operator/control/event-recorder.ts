import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Cluster } from '../kube/cluster.ts';
import type { KubeManifest, KubeObject } from '../kube/kube-object.ts';
import type { KernelLogger } from '../kube/logger.ts';
import { KUBERNETES_TYPES } from '../kube/resource-type.ts';
import { contentHash } from './applied-memory.ts';
import type { EventIntent } from './intent.ts';
import { microTime } from './micro-time.ts';

/** The API server's limit for a note. */
const NOTE_LENGTH_MAX = 1_024;
/** Where the events of cluster-scoped objects live. */
const CLUSTER_EVENTS_NAMESPACE = 'default';

export interface EventRecorder {
  /** Writes one event; a failure is logged, never thrown: an event is for people and must not hold up work. */
  record(event: Omit<EventIntent, 'type'>): Promise<void>;
}

export interface RecorderOptions {
  readonly cluster: Pick<Cluster, 'create'>;
  /** A qualified name: `example.dev/controller`. */
  readonly controller: string;
  /** This process: the pod's name. */
  readonly instance: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: KernelLogger;
}

/** Writes `events.k8s.io/v1` events. */
export function makeEventRecorder(options: RecorderOptions): EventRecorder {
  return {
    async record(event) {
      try {
        await options.cluster.create(KUBERNETES_TYPES.event, eventManifest(event, options, options.clock.nowMs()));
      } catch (error) {
        options.logger.warn({ err: error, reason: event.reason, name: event.regarding.metadata.name }, 'event not recorded');
      }
    },
  };
}

type EventObject = Omit<EventIntent, 'type'>;

export function eventManifest(event: EventObject, source: Pick<RecorderOptions, 'controller' | 'instance'>, nowMs: number): KubeManifest {
  const { metadata } = event.regarding;
  const namespace = metadata.namespace ?? CLUSTER_EVENTS_NAMESPACE;
  const id = contentHash([metadata.uid ?? '', event.reason, event.note, nowMs])
    .replaceAll(/[-_]/g, 'x')
    .toLowerCase()
    .slice(0, 12);
  return {
    apiVersion: KUBERNETES_TYPES.event.apiVersion,
    kind: KUBERNETES_TYPES.event.kind,
    metadata: { name: `${metadata.name.slice(0, 200)}.${id}`, namespace },
    eventTime: microTime(nowMs),
    reportingController: source.controller,
    reportingInstance: source.instance.slice(0, 128),
    action: event.action,
    reason: event.reason,
    type: event.severity,
    note: event.note.slice(0, NOTE_LENGTH_MAX),
    regarding: reference(event, event.regarding),
  };
}

function reference(event: EventObject, object: KubeObject): Readonly<Record<string, string | undefined>> {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return { apiVersion: event.resource.apiVersion, kind: event.resource.kind, name, namespace, uid, resourceVersion };
}
