/** Decides what the end of a container and the verdict of a probe change in a pod's record. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';
import type { ProbeKind } from './container-runner.ts';
import { afterExit, type Exit } from './container-transitions.ts';
import type { PodBook } from './pod-book.ts';
import { graceSeconds, recordOf, restarts } from './pod-plan.ts';

export interface ContainerEventsOptions {
  readonly book: PodBook;
  readonly clock: Clock;
  readonly logger: KernelLogger;
  /** Sends SIGTERM, and notes when SIGKILL follows. */
  readonly terminate: (name: string, reason: string, killAtMs: number) => void;
  /** The startup probe succeeded: the other probes begin. */
  readonly begin: (name: string) => void;
  /** The record changed: the pod is planned again. */
  readonly onChange: () => void;
}

export interface ContainerEvents {
  onExit(name: string, exit: Exit): void;
  onProbe(name: string, kind: ProbeKind, verdict: 'success' | 'failure', problem: string | undefined): void;
}

export function makeContainerEvents({ book, clock, logger, terminate, begin, onChange }: ContainerEventsOptions): ContainerEvents {
  return {
    onExit(name, exit) {
      const container = book.containerOf(name);
      const ending = book.pod.metadata.deletionTimestamp !== undefined;
      const runsAgain = !ending && restarts(container, book.pod, exit.code ?? -1);
      book.change(name, (known) => afterExit(known, exit, clock.nowMs(), runsAgain));
      logger.info({ pod: book.record.name, container: name, ...exit }, 'container ended');
      onChange();
    },
    onProbe(name, kind, verdict, problem) {
      const known = recordOf(book.record, name);
      if (known.state.type !== 'running' || known.state.stop !== undefined) return;
      if (kind === 'readiness') book.change(name, (container) => ({ ...container, ready: verdict === 'success' }));
      if (kind === 'startup' && verdict === 'success') {
        const ready = book.containerOf(name).readinessProbe === undefined;
        book.change(name, (container) => ({ ...container, started: true, ready }));
        begin(name);
      }
      if (kind !== 'readiness' && verdict === 'failure') {
        logger.warn({ pod: book.record.name, container: name, probe: kind, problem }, 'probe failed; restarting the container');
        const reason = `${kind === 'liveness' ? 'Liveness' : 'Startup'}ProbeFailed`;
        terminate(name, reason, clock.nowMs() + graceSeconds(book.pod) * 1_000);
      }
      onChange();
    },
  };
}
