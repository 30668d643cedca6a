/** Starts, stops and adopts the processes of one pod's containers, for the pod worker. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import { isAlive, signalProcess } from '../processes/process-identity.ts';
import { makeContainerEvents } from './container-events.ts';
import { adoptContainer, containerLogFile, runContainer, type RunnerInput, type RunningContainer } from './container-runner.ts';
import { afterBlocked, afterKill, afterStart, afterStopRequest, type Exit } from './container-transitions.ts';
import type { NodeConfig } from './node-config.ts';
import { HOST_ADDRESS } from './node-manifest.ts';
import { ContainerBlocked } from './object-source.ts';
import type { PodBook } from './pod-book.ts';
import { recordOf } from './pod-plan.ts';
import type { PodVolumes } from './pod-volumes.ts';

/** Time before the next start of a container that lacked a volume, a Secret or a program. */
const BLOCKED_RETRY_MS = 1_000;

export interface PodContainersOptions {
  readonly book: PodBook;
  readonly config: NodeConfig;
  readonly clock: Clock;
  readonly logger: KernelLogger;
  readonly volumes: PodVolumes;
  /** A container ended or a probe gave its verdict. */
  readonly onChange: () => void;
}

export interface PodContainers {
  /** True once `release` was called: no event of a container is heard any more. */
  readonly released: boolean;
  start(name: string): Promise<void>;
  /** Sends SIGTERM to a running container; the pod's plan sends SIGKILL at `killAtMs`. */
  terminate(name: string, reason: string, killAtMs: number): void;
  kill(name: string): void;
  /** Takes over the containers that an earlier process node started. */
  adopt(): Promise<void>;
  refreshVolumes(): Promise<void>;
  /** Stops watching; the processes run on. */
  release(): void;
}

export function makePodContainers(options: PodContainersOptions): PodContainers {
  const { book, config, clock, logger, volumes, onChange } = options;
  const running = new Map<string, RunningContainer>();
  const place = { address: book.record.address, hostAddress: HOST_ADDRESS, nodeName: config.nodeName };
  let released = false;

  const terminate: PodContainers['terminate'] = (...request) => terminateContainer(book, ...request);
  const events = makeContainerEvents({ book, clock, logger, terminate, begin: (name) => running.get(name)?.begin(), onChange });
  const onExit = (name: string, exit: Exit): void => {
    if (released) return;
    running.get(name)?.release();
    running.delete(name);
    events.onExit(name, exit);
  };
  const onProbe = (name: string, ...verdict: Parameters<RunnerInput['events']['onProbe']>): void => {
    if (!released) events.onProbe(name, ...verdict);
  };
  const inputOf = (name: string, prepared: RunnerInput['volumes']): RunnerInput => ({
    config,
    clock,
    pod: book.pod,
    container: book.containerOf(name),
    place,
    volumes: prepared,
    events: { onExit: (exit) => onExit(name, exit), onProbe: (...verdict) => onProbe(name, ...verdict) },
  });

  return {
    get released() {
      return released;
    },
    terminate,
    async start(name) {
      const isWanted = (): boolean => !released && book.pod.metadata.deletionTimestamp === undefined;
      try {
        const prepared = await volumes.prepare(book.pod, place);
        if (isWanted()) running.set(name, startContainer(options, inputOf(name, prepared)));
      } catch (error) {
        noteBlocked(options, name, error);
      }
    },
    kill: (name) => killContainer(book, name),
    async adopt() {
      for (const { name, state, started } of book.record.containers) {
        if (state.type !== 'running') continue;
        if (!isAlive(state.process)) {
          onExit(name, { code: undefined, signal: undefined });
          continue;
        }
        const prepared = await volumes.prepare(book.pod, place);
        running.set(name, adoptContainer(inputOf(name, prepared), state.process, started));
        logger.info({ pod: book.record.name, container: name, pid: state.process.pid }, 'container taken over');
      }
    },
    async refreshVolumes() {
      if (running.size > 0 && !released) await volumes.prepare(book.pod, place);
    },
    release() {
      released = true;
      for (const container of running.values()) container.release();
      running.clear();
    },
  };
}

function terminateContainer(book: PodBook, name: string, reason: string, killAtMs: number): void {
  const { state } = recordOf(book.record, name);
  if (state.type !== 'running') return;
  book.change(name, (known) => afterStopRequest(known, reason, killAtMs));
  signalProcess(state.process, 'SIGTERM', 'group');
}

function killContainer(book: PodBook, name: string): void {
  const { state } = recordOf(book.record, name);
  book.change(name, afterKill);
  if (state.type === 'running') signalProcess(state.process, 'SIGKILL', 'group');
}

function startContainer({ book, config, clock, logger }: PodContainersOptions, input: RunnerInput): RunningContainer {
  const { name, startupProbe, readinessProbe } = input.container;
  const started = runContainer(input);
  const logFile = containerLogFile(config, book.pod, name);
  const probes = { hasStartupProbe: startupProbe !== undefined, hasReadinessProbe: readinessProbe !== undefined };
  book.change(name, (known) => afterStart(known, started.process, clock.nowMs(), { ...probes, logFile }));
  logger.info({ pod: book.record.name, container: name, pid: started.process.pid }, 'container started');
  return started;
}

function noteBlocked({ book, clock }: PodContainersOptions, name: string, error: unknown): void {
  const reason = error instanceof ContainerBlocked ? error.reason : 'CreateContainerError';
  const message = error instanceof Error ? error.message : String(error);
  book.change(name, (known) => afterBlocked(known, reason, message, clock.nowMs(), BLOCKED_RETRY_MS));
}
