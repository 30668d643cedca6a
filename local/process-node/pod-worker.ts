/** Drives one pod of the process node from its first container to its deletion. */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { type Cluster, type KernelLogger, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import type { PodRecord } from './container-record.ts';
import type { NodeConfig } from './node-config.ts';
import { HOST_ADDRESS } from './node-manifest.ts';
import { openPodBook, type PodBook } from './pod-book.ts';
import { makePodContainers, type PodContainers } from './pod-containers.ts';
import { planPod, type PodAction } from './pod-plan.ts';
import { removePodFolder } from './pod-record-files.ts';
import { podStatus } from './pod-status.ts';
import type { Pod } from './pod-types.ts';
import type { PodVolumes } from './pod-volumes.ts';
import type { StatusReporter } from './status-reporter.ts';

const REMOVE_RETRY_MS = 1_000;

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
  /** The API server no longer has the pod. */
  vanish(): void;
  current(): { readonly pod: Pod; readonly record: PodRecord };
  /** Renews the volumes whose content changed. */
  refreshVolumes(): Promise<void>;
  /** Ends watching; the containers run on. */
  release(): void;
}

/** Makes one pod's containers be what its spec says, by repeating {@link planPod} after everything that happens. */
export function startPodWorker(options: PodWorkerOptions): PodWorker {
  const { config, clock, logger, volumes } = options;
  const book = openPodBook(config.podsDir, options);
  let looping = false;
  let again = false;
  let cancelWake: () => void = () => undefined;

  const wake = (): void => {
    again = true;
    if (looping || containers.released) return;
    looping = true;
    void loop().finally(() => (looping = false));
  };
  const containers = makePodContainers({ book, config, clock, logger, volumes, onChange: wake });
  const tell = (): void => {
    if (!containers.released) report(options, book);
  };
  const release = (): void => {
    cancelWake();
    containers.release();
  };

  /** False when the API server did not delete the pod; the worker tries again. */
  const remove = async (): Promise<boolean> => {
    if (!book.vanished) {
      tell();
      if (!(await removeFromApiServer(options, book.pod))) return false;
    }
    release();
    forgetPod(options, book);
    return true;
  };

  const loop = async (): Promise<void> => {
    do {
      again = false;
      const plan = planPod(book.pod, book.record, clock.nowMs());
      for (const action of plan.actions) {
        if (action.type !== 'remove') await execute(containers, action);
        else if (await remove()) return;
      }
      if (containers.released) return;
      if (plan.actions.length > 0) again = true;
      cancelWake();
      if (plan.wakeAtMs !== undefined) cancelWake = clock.after(Math.max(0, plan.wakeAtMs - clock.nowMs()), wake);
      tell();
    } while (again);
  };

  void containers
    .adopt()
    .catch((error: unknown) => logger.error({ err: error, pod: book.record.name }, 'containers not taken over'))
    .then(wake);

  return {
    update(next) {
      if (book.vanished) return;
      book.update(next);
      wake();
    },
    vanish() {
      book.vanish(clock.nowMs());
      wake();
    },
    current: () => ({ pod: book.pod, record: book.record }),
    refreshVolumes: () => containers.refreshVolumes(),
    release,
  };
}

function report({ clock, reporter }: PodWorkerOptions, { pod, record, vanished }: PodBook): void {
  if (vanished) return;
  const status = podStatus({ pod, record, hostAddress: HOST_ADDRESS, nowMs: clock.nowMs() });
  reporter.report(pod, status, record.containers.at(-1)?.logFile);
}

async function execute(containers: PodContainers, action: Exclude<PodAction, { readonly type: 'remove' }>): Promise<void> {
  switch (action.type) {
    case 'start':
      return containers.start(action.container);
    case 'terminate':
      return containers.terminate(action.container, action.reason, action.killAtMs);
    case 'kill':
      return containers.kill(action.container);
    default:
      return unreachable(action);
  }
}

async function removeFromApiServer({ cluster, clock, logger, reporter }: PodWorkerOptions, { metadata }: Pod): Promise<boolean> {
  await reporter.settled();
  const { namespace, name, uid = '' } = metadata;
  try {
    await cluster.delete(KUBERNETES_TYPES.pod, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } });
    return true;
  } catch (error) {
    logger.warn({ err: error, pod: name }, 'pod not removed from the API server; trying again');
    await clock.sleep(REMOVE_RETRY_MS);
    return false;
  }
}

function forgetPod({ config, reporter, volumes, onRemoved }: PodWorkerOptions, { pod, record }: PodBook): void {
  reporter.stop();
  volumes.forget(pod);
  removePodFolder(config.podsDir, record.uid);
  onRemoved();
}
