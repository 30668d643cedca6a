/** Pods and records for tests. */
import { type ContainerRecord, makeContainerRecord, type PodRecord, type Running } from '../process-node/container-record.ts';
import { allContainers, type Container, type Pod, type PodSpec } from '../process-node/pod-types.ts';

export const PLACE = { address: '127.9.0.1', hostAddress: '127.0.0.1', nodeName: 'local' };
export const NOW_MS = Date.UTC(2026, 0, 1);

export function givenPod(spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    metadata: { name: 'web-1', namespace: 'trading', uid: 'u-1', labels: { app: 'web' }, annotations: { note: 'a "b"' }, ...metadata },
    spec: { containers: [givenContainer()], ...spec },
  };
}

export function givenContainer(container: Partial<Container> = {}): Container {
  return { name: 'web', command: ['node', 'x.ts'], ...container };
}

export function givenRecord(pod: Pod, changes: Readonly<Record<string, Partial<ContainerRecord>>> = {}): PodRecord {
  return {
    uid: 'u-1',
    namespace: 'trading',
    name: 'web-1',
    address: PLACE.address,
    containers: allContainers(pod.spec).map(({ name }) => ({ ...makeContainerRecord(name), ...changes[name] })),
  };
}

export function running(changes: Partial<Running> = {}): Running {
  return { type: 'running', process: { pid: 42, startTicks: '7', bootId: 'b' }, startedAtMs: NOW_MS, ...changes };
}

export function ended(exitCode: number): ContainerRecord['state'] {
  return {
    type: 'terminated',
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAtMs: NOW_MS,
    finishedAtMs: NOW_MS,
    containerId: 'process://42-7',
  };
}
