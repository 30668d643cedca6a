/** Plans the next actions for one pod: a pure function of the pod, the records of its containers, and the time. */
import type { ContainerRecord, PodRecord } from './container-record.ts';
import { type Container, isSidecar, type Pod } from './pod-types.ts';

export type PodAction =
  /** Run the container. */
  | { readonly type: 'start'; readonly container: string }
  /** SIGTERM; SIGKILL follows at `killAtMs`. */
  | { readonly type: 'terminate'; readonly container: string; readonly reason: string; readonly killAtMs: number }
  | { readonly type: 'kill'; readonly container: string }
  /** Every container has ended and the pod is to go: tell the API server, forget everything. */
  | { readonly type: 'remove' };

export interface PodPlan {
  readonly actions: readonly PodAction[];
  /** Look again at this time even if nothing happens. */
  readonly wakeAtMs?: number;
}

const GRACE_SECONDS_DEFAULT = 30;

export function planPod(pod: Pod, record: PodRecord, nowMs: number): PodPlan {
  if (pod.metadata.deletionTimestamp !== undefined) return planRemoval(pod, record, nowMs);
  const stopping = record.containers.flatMap((container) => planKill(container, nowMs));
  return merge([...stopping, ...planContainers(pod, record, nowMs)]);
}

/** All at once; sidecars are not kept longer than the others. */
function planRemoval(pod: Pod, record: PodRecord, nowMs: number): PodPlan {
  const running = record.containers.filter(({ state }) => state.type === 'running');
  if (running.length === 0) return { actions: [{ type: 'remove' }] };
  const graceMs = graceSeconds(pod) * 1_000;
  return merge(
    running.flatMap((container) =>
      container.state.type === 'running' && container.state.stop === undefined
        ? [{ actions: [terminate(container.name, 'Deleted', nowMs + graceMs)] }]
        : planKill(container, nowMs),
    ),
  );
}

export function graceSeconds(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? GRACE_SECONDS_DEFAULT;
}

function planKill({ name, state }: ContainerRecord, nowMs: number): readonly PodPlan[] {
  if (state.type !== 'running' || state.stop === undefined || state.stop.killed) return [];
  return [nowMs >= state.stop.killAtMs ? { actions: [{ type: 'kill', container: name }] } : { actions: [], wakeAtMs: state.stop.killAtMs }];
}

function planContainers(pod: Pod, record: PodRecord, nowMs: number): readonly PodPlan[] {
  const plans: PodPlan[] = [];
  for (const container of pod.spec.initContainers ?? []) {
    const known = recordOf(record, container.name);
    if (isSidecar(container)) {
      plans.push(planStart(known, nowMs));
      if (!known.started) return plans;
      continue;
    }
    if (hasSucceeded(known)) continue;
    return [...plans, planStart(known, nowMs)];
  }
  return [...plans, ...pod.spec.containers.map(({ name }) => planStart(recordOf(record, name), nowMs))];
}

/** `afterExit` made a container that may run again `waiting`, and every other ended container `terminated`. */
function planStart({ name, state }: ContainerRecord, nowMs: number): PodPlan {
  if (state.type !== 'waiting') return { actions: [] };
  return nowMs >= state.untilMs ? { actions: [{ type: 'start', container: name }] } : { actions: [], wakeAtMs: state.untilMs };
}

/** Whether a container that ended with `exitCode` runs again. */
export function restarts(container: Container, pod: Pod, exitCode: number): boolean {
  const isInit = pod.spec.initContainers?.includes(container) === true;
  if (isInit && isSidecar(container)) return true;
  const policy = pod.spec.restartPolicy ?? 'Always';
  if (isInit) return exitCode !== 0 && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function terminate(container: string, reason: string, killAtMs: number): PodAction {
  return { type: 'terminate', container, reason, killAtMs };
}

function hasSucceeded({ state }: ContainerRecord): boolean {
  return state.type === 'terminated' && state.exitCode === 0;
}

export function recordOf(record: PodRecord, name: string): ContainerRecord {
  const known = record.containers.find((container) => container.name === name);
  if (known === undefined) throw new TypeError(`pod ${record.name} has no container ${name}`);
  return known;
}

function merge(plans: readonly PodPlan[]): PodPlan {
  const wakes = plans.flatMap(({ wakeAtMs }) => wakeAtMs ?? []);
  const actions = plans.flatMap(({ actions }) => actions);
  return wakes.length === 0 ? { actions } : { actions, wakeAtMs: Math.min(...wakes) };
}
