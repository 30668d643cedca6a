/** Types of the records that the process node keeps on disk about containers and pods. */
import type { ProcessIdentity } from '../processes/process-identity.ts';

/** Record of one container. It lies on disk, so that the next process node can take the container over. */
export interface ContainerRecord {
  readonly name: string;
  readonly state: ContainerState;
  readonly restartCount: number;
  /** Ends in a row, each sooner than {@link ./restart-backoff.ts} forgives. */
  readonly crashes: number;
  readonly lastTermination?: Terminated | undefined;
  /** Startup probe passed, or there is none. Only of a running container. */
  readonly started: boolean;
  readonly ready: boolean;
  readonly logFile?: string;
}

export type ContainerState = Waiting | Running | Terminated;

export interface Waiting {
  readonly type: 'waiting';
  readonly reason: string;
  readonly message?: string;
  /** Not to be started before. */
  readonly untilMs: number;
}

export interface Running {
  readonly type: 'running';
  readonly process: ProcessIdentity;
  readonly startedAtMs: number;
  /** Set once it was told to end. */
  readonly stop?: Stop;
}

export interface Stop {
  readonly reason: string;
  readonly killAtMs: number;
  readonly killed: boolean;
}

export interface Terminated {
  readonly type: 'terminated';
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason: string;
  readonly message?: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly containerId: string;
}

/** Everything known of one pod. */
export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  /** Init containers first, in the pod's order. */
  readonly containers: readonly ContainerRecord[];
}

export function makeContainerRecord(name: string): ContainerRecord {
  return {
    name,
    state: { type: 'waiting', reason: 'ContainerCreating', untilMs: 0 },
    restartCount: 0,
    crashes: 0,
    started: false,
    ready: false,
  };
}

export function containerId(process: ProcessIdentity): string {
  return `process://${process.pid}-${process.startTicks}`;
}
