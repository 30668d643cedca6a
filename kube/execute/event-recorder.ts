/** Writes Kubernetes events beside the work of a controller, at a bounded rate. */
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeManifest, KubeObject } from '../objects/kube-object.ts';
import type { KernelLogger } from '../ports/logger.ts';
import { KUBERNETES_TYPES } from '../objects/resource-type.ts';
import { contentHash } from './applied-memory.ts';
import type { EventIntent } from './intent.ts';
import { microTime } from '../objects/meta-time.ts';

/** The API server's limit for a note. */
const NOTE_LENGTH_MAX = 1_024;
/** Namespace of the events of cluster-scoped objects. */
const CLUSTER_EVENTS_NAMESPACE = 'default';

/** Number of events that are written without a pause after a quiet time. After them, one event is written in each {@link EVENT_SPACING_MS}. */
const EVENTS_AT_ONCE = 25;
const EVENT_SPACING_MS = 50;
/** Bound on events that wait. Beyond it the oldest is dropped, with a log line. */
const EVENTS_WAITING_MAX = 2_000;

export interface EventRecorder {
  /**
   * Writes one event soon: in order, one request at a time, at a bounded rate. Events must not delay the work when a thousand objects become ready
   * at once. A failure is logged; an AssertionError ends the process.
   */
  record(event: Omit<EventIntent, 'type'>): void;
  /** Drops the events that wait. */
  stop(): void;
}

export interface RecorderOptions {
  readonly cluster: Pick<Cluster, 'create'>;
  /** Qualified name of the controller: `example.dev/controller`. */
  readonly controller: string;
  /** Name of this process: the pod's name. */
  readonly instance: string;
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs' | 'sleep'>;
  readonly logger: KernelLogger;
}

/** Writes `events.k8s.io/v1` events. */
export function makeEventRecorder(options: RecorderOptions): EventRecorder {
  const { cluster, clock, logger } = options;
  const waiting: KubeManifest[] = [];
  const stopping = new AbortController();
  let allowed = EVENTS_AT_ONCE;
  let countedAtMs = clock.monotonicMs();
  let writing = false;

  const pause = async (): Promise<void> => {
    const nowMs = clock.monotonicMs();
    allowed = Math.min(EVENTS_AT_ONCE, allowed + (nowMs - countedAtMs) / EVENT_SPACING_MS) - 1;
    countedAtMs = nowMs;
    if (allowed < 0) await clock.sleep(-allowed * EVENT_SPACING_MS, stopping.signal);
  };
  const drain = async (): Promise<void> => {
    writing = true;
    for (;;) {
      const manifest = waiting.shift();
      if (manifest === undefined) break;
      try {
        await pause();
        await cluster.create(KUBERNETES_TYPES.event, manifest, { signal: stopping.signal });
      } catch (error) {
        if (error instanceof AssertionError) throw error;
        if (!stopping.signal.aborted) logger.warn({ err: error, name: manifest.metadata.name }, 'event not recorded');
      }
    }
    writing = false;
  };

  return {
    record(event) {
      if (stopping.signal.aborted) return;
      if (waiting.length >= EVENTS_WAITING_MAX) {
        const dropped = waiting.shift();
        logger.warn({ name: dropped?.metadata.name, waiting: waiting.length }, 'event dropped: too many wait');
      }
      waiting.push(eventManifest(event, options, clock.nowMs()));
      if (!writing) void drain();
    },
    stop() {
      stopping.abort(new Error('the event recorder was stopped'));
      waiting.length = 0;
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
