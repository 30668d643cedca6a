/** Writes the status of a pod to the API server, and repeats the write until it succeeds. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { type Cluster, isConflict, isNotFound, type KernelLogger, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import type { Pod, PodStatus } from './pod-types.ts';

/** Where the log of a pod's first container lies; `kubectl logs` has no kubelet to ask. */
const LOG_ANNOTATION = 'flotilla.dev/log';
const RETRY_MS = 1_000;

export interface StatusReporter {
  /** Tells the API server, soon; a later status replaces one that waits. */
  report(pod: Pod, status: PodStatus, logFile: string | undefined): void;
  /** Resolves when nothing waits, or nothing more will be tried. */
  settled(): Promise<void>;
  stop(): void;
}

interface Wanted {
  readonly pod: Pod;
  readonly patch: unknown;
  readonly text: string;
}

/** Writes one pod's status, one request at a time, again until it is there. */
export function makeStatusReporter(cluster: Pick<Cluster, 'patch'>, clock: Clock, logger: KernelLogger): StatusReporter {
  let wanted: Wanted | undefined;
  let written: string | undefined;
  let writing: Promise<void> | undefined;
  const stopping = new AbortController();

  const writeAll = async (): Promise<void> => {
    for (;;) {
      const next = wanted;
      if (next === undefined || next.text === written || stopping.signal.aborted) return;
      const { pod, patch, text } = next;
      try {
        await cluster.patch(KUBERNETES_TYPES.pod, pod.metadata, patch, { subresource: 'status', signal: stopping.signal });
        written = text;
      } catch (error) {
        if (isNotFound(error) || isConflict(error)) return; // Gone, or another pod of this name.
        if (stopping.signal.aborted) return;
        logger.warn({ err: error, pod: pod.metadata.name }, 'status not written; trying again');
        await clock.sleep(RETRY_MS, stopping.signal).catch(() => undefined);
      }
    }
  };

  return {
    report(pod, status, logFile) {
      const annotations = logFile === undefined ? {} : { annotations: { [LOG_ANNOTATION]: logFile } };
      const patch = { metadata: { uid: pod.metadata.uid, ...annotations }, status };
      wanted = { pod, patch, text: JSON.stringify(patch) };
      writing ??= writeAll().finally(() => (writing = undefined));
    },
    async settled() {
      await writing;
    },
    stop: () => stopping.abort(new Error('the status reporter was stopped')),
  };
}
