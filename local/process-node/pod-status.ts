/** The status that the API server is told; pure. */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import { metaTime } from '@flotilla/kube/objects/meta-time.ts';
import { containerId, type ContainerRecord, type PodRecord, type Terminated } from './container-record.ts';
import { recordOf } from './pod-plan.ts';
import { type Condition, type Container, isSidecar, type Pod, type PodStatus } from './pod-types.ts';

export interface StatusInput {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly hostAddress: string;
  readonly nowMs: number;
}

export function podStatus({ pod, record, hostAddress, nowMs }: StatusInput): PodStatus {
  const init = pod.spec.initContainers ?? [];
  const initialized = init.every((container) => isInitialized(container, recordOf(record, container.name)));
  const main = pod.spec.containers.map(({ name }) => recordOf(record, name));
  const phase = podPhase(pod, record, initialized, main);
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const ready = !finished && initialized && main.every((container) => container.ready) && pod.metadata.deletionTimestamp === undefined;
  const unready = main.filter((container) => !container.ready).map(({ name }) => name);
  const why = finished
    ? { reason: 'PodCompleted' }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const wanted: readonly Condition[] = [
    { type: 'PodReadyToStartContainers', status: 'True' },
    { type: 'Initialized', status: bool(initialized), ...(initialized ? {} : { reason: 'ContainersNotInitialized' }) },
    { type: 'ContainersReady', status: bool(ready), ...(ready ? {} : why) },
    { type: 'Ready', status: bool(ready), ...(ready ? {} : why) },
    { type: 'PodScheduled', status: 'True' },
  ];
  return {
    phase,
    conditions: mergeConditions(pod.status?.conditions ?? [], wanted, nowMs),
    podIP: record.address,
    podIPs: [{ ip: record.address }],
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    startTime: pod.status?.startTime ?? metaTime(nowMs),
    ...(init.length === 0
      ? {}
      : { initContainerStatuses: init.map((container) => containerStatus(container, recordOf(record, container.name), true, true)) }),
    containerStatuses: pod.spec.containers.map((container) =>
      containerStatus(container, recordOf(record, container.name), false, initialized),
    ),
  };
}

function podPhase(pod: Pod, record: PodRecord, initialized: boolean, main: readonly ContainerRecord[]): string {
  const failedInit = (pod.spec.initContainers ?? []).some(({ name }) => hasFailed(recordOf(record, name)));
  if (failedInit) return 'Failed';
  if (main.every(({ state }) => state.type === 'terminated')) return main.some(hasFailed) ? 'Failed' : 'Succeeded';
  const begun = main.some(({ state, lastTermination }) => state.type !== 'waiting' || lastTermination !== undefined);
  return initialized && begun ? 'Running' : 'Pending';
}

function isInitialized(container: Container, { state, started }: ContainerRecord): boolean {
  return isSidecar(container) ? started : state.type === 'terminated' && state.exitCode === 0;
}

function hasFailed({ state }: ContainerRecord): boolean {
  return state.type === 'terminated' && state.exitCode !== 0;
}

/** Keeps the time of what did not change, and the conditions that others own. */
function mergeConditions(current: readonly Condition[], wanted: readonly Condition[], nowMs: number): readonly Condition[] {
  const ours = wanted.map((condition) => {
    const before = current.find(({ type }) => type === condition.type);
    const unchanged = before?.status === condition.status && before.lastTransitionTime !== undefined && before.lastTransitionTime !== null;
    return { ...condition, lastTransitionTime: unchanged ? before.lastTransitionTime : metaTime(nowMs) };
  });
  return [...current.filter(({ type }) => !wanted.some((condition) => condition.type === type)), ...ours];
}

function containerStatus(container: Container, record: ContainerRecord, isInit: boolean, initialized: boolean): unknown {
  const { state, lastTermination } = record;
  const last = state.type === 'terminated' ? undefined : lastTermination;
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ...(state.type === 'running' ? { containerID: containerId(state.process) } : {}),
    ...(state.type === 'terminated' ? { containerID: state.containerId } : {}),
    restartCount: record.restartCount,
    started: state.type === 'running' && record.started,
    ready: record.ready || (isInit && isInitialized(container, record)),
    state: containerState(record, initialized),
    lastState: last === undefined ? {} : { terminated: terminated(last) },
  };
}

function containerState({ state, lastTermination }: ContainerRecord, initialized: boolean): unknown {
  switch (state.type) {
    case 'running':
      return { running: { startedAt: metaTime(state.startedAtMs) } };
    case 'terminated':
      return { terminated: terminated(state) };
    case 'waiting': {
      const reason = !initialized && lastTermination === undefined ? 'PodInitializing' : state.reason;
      return { waiting: { reason, ...(state.message === undefined ? {} : { message: state.message }) } };
    }
    default:
      return unreachable(state);
  }
}

function terminated(state: Terminated): unknown {
  return {
    exitCode: state.exitCode,
    ...(state.signal === undefined ? {} : { signal: state.signal }),
    reason: state.reason,
    ...(state.message === undefined ? {} : { message: state.message }),
    startedAt: metaTime(state.startedAtMs),
    finishedAt: metaTime(state.finishedAtMs),
    containerID: state.containerId,
  };
}

function bool(value: boolean): string {
  return value ? 'True' : 'False';
}
