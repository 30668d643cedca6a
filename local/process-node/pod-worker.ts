/** Drives one pod of the process node from its first container to its deletion. */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { type Cluster, type KernelLogger, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import { isAlive, signalProcess } from '../processes/process-identity.ts';
import type { ContainerRecord, PodRecord } from './container-record.ts';
import {
  adoptContainer,
  containerLogFile,
  type ProbeKind,
  runContainer,
  type RunnerInput,
  type RunningContainer,
} from './container-runner.ts';
import { afterBlocked, afterExit, afterKill, afterStart, afterStopRequest, type Exit } from './container-transitions.ts';
import type { NodeConfig } from './node-config.ts';
import { HOST_ADDRESS } from './node-manifest.ts';
import { ContainerBlocked } from './object-source.ts';
import { graceSeconds, planPod, type PodAction, recordOf, restarts } from './pod-plan.ts';
import { removePodFolder, savePodRecord } from './pod-record-files.ts';
import { podStatus } from './pod-status.ts';
import { allContainers, type Container, type Pod } from './pod-types.ts';
import type { PodVolumes } from './pod-volumes.ts';
import type { StatusReporter } from './status-reporter.ts';

/** A container that could not be started for want of something is tried again after this. */
const BLOCKED_RETRY_MS = 1_000;
const REMOVE_RETRY_MS = 1_000;
/** Grace of containers whose pod vanished from the API server without a deletion time. */
const VANISHED_GRACE_SECONDS = 2;

export interface PodWorkerOptions {
  readonly cluster: Pick<Cluster, 'delete'>;
  readonly config: NodeConfig;
  readonly clock: Clock;
  readonly logger: KernelLogger;
  readonly volumes: PodVolumes;
  readonly reporter: StatusReporter;
  readonly pod: Pod;
  readonly record: PodRecord;
  /** Called once nothing is left of the pod here. */
  readonly onRemoved: () => void;
}

export interface PodWorker {
  update(pod: Pod): void;
  /** The API server knows the pod no more. */
  vanish(): void;
  current(): { readonly pod: Pod; readonly record: PodRecord };
  /** Renews the volumes whose content changed. */
  refreshVolumes(): Promise<void>;
  /** Ends watching; the containers run on. */
  release(): void;
}

/** Makes one pod's containers be what its spec says, by repeating {@link planPod} after everything that happens. */
export function startPodWorker(options: PodWorkerOptions): PodWorker {
  const { cluster, config, clock, logger, volumes, reporter, onRemoved } = options;
  const running = new Map<string, RunningContainer>();
  const place = { address: options.record.address, hostAddress: HOST_ADDRESS, nodeName: config.nodeName };
  let { pod, record } = options;
  let vanished = false;
  let released = false;
  let looping = false;
  let again = false;
  let cancelWake: () => void = () => undefined;

  const change = (name: string, transition: (container: ContainerRecord) => ContainerRecord): void => {
    record = { ...record, containers: record.containers.map((container) => (container.name === name ? transition(container) : container)) };
    savePodRecord(config.podsDir, record);
  };
  const containerOf = (name: string): Container => {
    const container = allContainers(pod.spec).find((candidate) => candidate.name === name);
    if (container === undefined) throw new TypeError(`pod ${record.name} has no container ${name}`);
    return container;
  };
  const report = (): void => {
    if (vanished || released) return;
    const status = podStatus({ pod, record, hostAddress: HOST_ADDRESS, nowMs: clock.nowMs() });
    reporter.report(pod, status, record.containers.at(-1)?.logFile);
  };

  const onExit = (name: string, exit: Exit): void => {
    if (released) return;
    running.get(name)?.release();
    running.delete(name);
    const container = containerOf(name);
    const ending = pod.metadata.deletionTimestamp !== undefined;
    const runsAgain = !ending && restarts(container, pod, exit.code ?? -1);
    change(name, (known) => afterExit(known, exit, clock.nowMs(), runsAgain));
    logger.info({ pod: record.name, container: name, ...exit }, 'container ended');
    wake();
  };

  const onProbe = (name: string, kind: ProbeKind, verdict: 'success' | 'failure', problem: string | undefined): void => {
    const known = recordOf(record, name);
    if (released || known.state.type !== 'running' || known.state.stop !== undefined) return;
    if (kind === 'readiness') change(name, (container) => ({ ...container, ready: verdict === 'success' }));
    if (kind === 'startup' && verdict === 'success') {
      change(name, (container) => ({ ...container, started: true, ready: containerOf(name).readinessProbe === undefined }));
      running.get(name)?.begin();
    }
    if (kind !== 'readiness' && verdict === 'failure') {
      logger.warn({ pod: record.name, container: name, probe: kind, problem }, 'probe failed; restarting the container');
      terminate(name, `${kind === 'liveness' ? 'Liveness' : 'Startup'}ProbeFailed`, clock.nowMs() + graceSeconds(pod) * 1_000);
    }
    wake();
  };

  const inputOf = (name: string, prepared: RunnerInput['volumes']): RunnerInput => ({
    config,
    clock,
    pod,
    container: containerOf(name),
    place,
    volumes: prepared,
    events: { onExit: (exit) => onExit(name, exit), onProbe: (kind, verdict, problem) => onProbe(name, kind, verdict, problem) },
  });

  const start = async (name: string): Promise<void> => {
    try {
      const prepared = await volumes.prepare(pod, place);
      if (released || pod.metadata.deletionTimestamp !== undefined) return;
      const container = containerOf(name);
      const started = runContainer(inputOf(name, prepared));
      running.set(name, started);
      const logFile = containerLogFile(config, pod, name);
      const probes = { hasStartupProbe: container.startupProbe !== undefined, hasReadinessProbe: container.readinessProbe !== undefined };
      change(name, (known) => afterStart(known, started.process, clock.nowMs(), { ...probes, logFile }));
      logger.info({ pod: record.name, container: name, pid: started.process.pid }, 'container started');
    } catch (error) {
      const reason = error instanceof ContainerBlocked ? error.reason : 'CreateContainerError';
      const message = error instanceof Error ? error.message : String(error);
      change(name, (known) => afterBlocked(known, reason, message, clock.nowMs(), BLOCKED_RETRY_MS));
    }
  };

  const terminate = (name: string, reason: string, killAtMs: number): void => {
    const { state } = recordOf(record, name);
    if (state.type !== 'running') return;
    change(name, (known) => afterStopRequest(known, reason, killAtMs));
    signalProcess(state.process, 'SIGTERM', 'group');
  };

  /** True when nothing is left to do for the pod. */
  const remove = async (): Promise<boolean> => {
    if (!vanished) {
      report();
      await reporter.settled();
      const { namespace, name, uid = '' } = pod.metadata;
      try {
        await cluster.delete(KUBERNETES_TYPES.pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
      } catch (error) {
        logger.warn({ err: error, pod: name }, 'pod not removed from the API server; trying again');
        await clock.sleep(REMOVE_RETRY_MS);
        return false;
      }
    }
    release();
    reporter.stop();
    volumes.forget(pod);
    removePodFolder(config.podsDir, record.uid);
    onRemoved();
    return true;
  };

  /** True when the pod is done with. */
  const execute = async (action: PodAction): Promise<boolean> => {
    switch (action.type) {
      case 'start':
        await start(action.container);
        return false;
      case 'terminate':
        terminate(action.container, action.reason, action.killAtMs);
        return false;
      case 'kill': {
        const { state } = recordOf(record, action.container);
        change(action.container, afterKill);
        if (state.type === 'running') signalProcess(state.process, 'SIGKILL', 'group');
        return false;
      }
      case 'remove':
        return remove();
      default:
        return unreachable(action);
    }
  };

  const loop = async (): Promise<void> => {
    do {
      again = false;
      const plan = planPod(pod, record, clock.nowMs());
      for (const action of plan.actions) if (await execute(action)) return;
      if (released) return;
      if (plan.actions.length > 0) again = true;
      cancelWake();
      if (plan.wakeAtMs !== undefined) cancelWake = clock.after(Math.max(0, plan.wakeAtMs - clock.nowMs()), wake);
      report();
    } while (again);
  };

  const wake = (): void => {
    again = true;
    if (looping || released) return;
    looping = true;
    void loop().finally(() => (looping = false));
  };

  const adopt = async (): Promise<void> => {
    for (const { name, state, started } of record.containers) {
      if (state.type !== 'running') continue;
      if (!isAlive(state.process)) {
        onExit(name, { code: undefined, signal: undefined });
        continue;
      }
      const prepared = await volumes.prepare(pod, place);
      running.set(name, adoptContainer(inputOf(name, prepared), state.process, started));
      logger.info({ pod: record.name, container: name, pid: state.process.pid }, 'container taken over');
    }
  };

  const release = (): void => {
    released = true;
    cancelWake();
    for (const container of running.values()) container.release();
    running.clear();
  };

  savePodRecord(config.podsDir, record);
  void adopt()
    .catch((error: unknown) => logger.error({ err: error, pod: record.name }, 'containers not taken over'))
    .then(wake);

  return {
    update(next) {
      if (vanished) return;
      pod = next;
      wake();
    },
    vanish() {
      vanished = true;
      const deletionTimestamp = pod.metadata.deletionTimestamp ?? new Date(clock.nowMs()).toISOString();
      pod = { ...pod, metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: VANISHED_GRACE_SECONDS } };
      wake();
    },
    current: () => ({ pod, record }),
    async refreshVolumes() {
      if (running.size > 0 && !released) await volumes.prepare(pod, place);
    },
    release,
  };
}
