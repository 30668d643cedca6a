/** Holds a pod and the record of its containers for one pod worker. Every change of the record is saved to disk. */
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { ContainerRecord, PodRecord } from './container-record.ts';
import { savePodRecord } from './pod-record-files.ts';
import { allContainers, type Container, type Pod } from './pod-types.ts';

/** Grace of containers whose pod vanished from the API server without a deletion time. */
const VANISHED_GRACE_SECONDS = 2;

export interface PodBook {
  readonly pod: Pod;
  readonly record: PodRecord;
  /** The API server no longer has the pod. */
  readonly vanished: boolean;
  /** Ignored after the pod has vanished. */
  update(pod: Pod): void;
  /** Marks the pod as deleted, because the API server no longer has it. */
  vanish(nowMs: number): void;
  change(name: string, transition: (container: ContainerRecord) => ContainerRecord): void;
  /** The container's part of the pod's spec. @throws TypeError when the pod has no such container */
  containerOf(name: string): Container;
}

export function openPodBook(podsDir: string, initial: { readonly pod: Pod; readonly record: PodRecord }): PodBook {
  let { pod, record } = initial;
  let vanished = false;
  savePodRecord(podsDir, record);
  return {
    get pod() {
      return pod;
    },
    get record() {
      return record;
    },
    get vanished() {
      return vanished;
    },
    update(next) {
      if (!vanished) pod = next;
    },
    vanish(nowMs) {
      vanished = true;
      const deletionTimestamp = pod.metadata.deletionTimestamp ?? formatTime(nowMs);
      pod = { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: VANISHED_GRACE_SECONDS } };
    },
    change(name, transition) {
      const containers = record.containers.map((container) => (container.name === name ? transition(container) : container));
      record = { ...record, containers };
      savePodRecord(podsDir, record);
    },
    containerOf(name) {
      const container = allContainers(pod.spec).find((candidate) => candidate.name === name);
      if (container === undefined) throw new TypeError(`pod ${record.name} has no container ${name}`);
      return container;
    },
  };
}
