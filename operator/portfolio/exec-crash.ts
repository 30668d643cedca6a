/** Why the exec of a Portfolio crashed, from its pods and its last report, for the Portfolio's status. Pure. */
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import type { KubeObject } from '@flotilla/kube/mod.ts';

/** Characters of the last line of a log. */
const MESSAGE_LENGTH_MAX = 256;
/** Exit codes from here on stand for a signal from outside, which leaves exec no time to report why. */
const SIGNAL_EXIT_CODE_MIN = 128;

interface Termination {
  readonly exitCode?: number;
  readonly reason?: string;
  /** The last lines of the log, when the container ended with an error. */
  readonly message?: string;
}

/** The fields of a Pod that the operator reads. */
export interface PodObject extends KubeObject {
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly restartCount?: number;
      readonly ready?: boolean;
      readonly state?: { readonly terminated?: Termination };
      readonly lastState?: { readonly terminated?: Termination };
    }[];
  };
}

type CrashReport = Pick<ExecStatus, 'lastCrash' | 'updatedAt'>;

/**
 * Undefined when no container ended with an error or one is ready again, unless exec's last word in `report` is a crash. exec's own reason
 * goes before the last line of the log.
 */
export function execCrash(pods: readonly PodObject[], report: CrashReport | undefined): string | undefined {
  const told = crashWithoutReportSince(report);
  const worst = worstTermination(pods);
  if (worst !== undefined) return terminationWords(worst, told?.reason);
  return told === undefined ? undefined : `exec ended by an error at ${told.time} and has not reported since: ${told.reason}`;
}

/**
 * The crash that exec reported, if no exec has reported since. A crash leaves `updatedAt` as it was, so every live report is later. The two
 * times may come from two machines: while the clock of the next exec is behind, its crash counts for as long as the clocks differ.
 */
function crashWithoutReportSince(report: CrashReport | undefined): ExecStatus['lastCrash'] {
  if (report?.lastCrash === undefined) return undefined;
  return Date.parse(report.lastCrash.time) >= Date.parse(report.updatedAt) ? report.lastCrash : undefined;
}

interface Crash {
  readonly restartCount: number;
  readonly ended: Termination;
}

/** The last end of the container with the most restarts; undefined while a container is ready, and when none has ended with an error. */
function worstTermination(pods: readonly PodObject[]): Crash | undefined {
  const containers = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
  if (containers.some(({ ready }) => ready === true)) return undefined;
  const crashes = containers.flatMap(({ restartCount = 0, state, lastState }): readonly Crash[] => {
    const ended = state?.terminated ?? lastState?.terminated;
    return ended === undefined || (ended.exitCode ?? 0) === 0 ? [] : [{ restartCount, ended }];
  });
  return crashes.sort((a, b) => b.restartCount - a.restartCount)[0];
}

function terminationWords({ restartCount, ended }: Crash, told: string | undefined): string {
  const { exitCode = 0, reason = 'Error', message = '' } = ended;
  const lastLine = message.trim().split('\n').at(-1)?.trim() ?? '';
  const why = (exitCode < SIGNAL_EXIT_CODE_MIN ? told : undefined) ?? lastLine.slice(0, MESSAGE_LENGTH_MAX);
  const words = `exec ended with exit code ${exitCode} (${reason}) and was restarted ${restartCount} times`;
  return why === '' ? `${words}; its log says why` : `${words}: ${why}`;
}
