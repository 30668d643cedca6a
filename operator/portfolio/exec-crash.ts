/** Why the exec of a Portfolio ends again and again, from the status of its pods, for the Portfolio's status. Pure. */
import type { KubeObject } from '@flotilla/kube/mod.ts';

const MESSAGE_LENGTH_MAX = 256;

interface Termination {
  readonly exitCode?: number;
  readonly reason?: string;
  /** The last lines of the log, when the container ended with an error. */
  readonly message?: string;
}

/** What is read of a Pod. */
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

/** Undefined while a container runs and is ready, and when none has ended with an error. */
export function execCrash(pods: readonly PodObject[]): string | undefined {
  const containers = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
  if (containers.some(({ ready }) => ready === true)) return undefined;
  const crashes = containers.flatMap(({ restartCount = 0, state, lastState }) => {
    const ended = state?.terminated ?? lastState?.terminated;
    return ended === undefined || (ended.exitCode ?? 0) === 0 ? [] : [{ restartCount, ended }];
  });
  const worst = crashes.sort((a, b) => b.restartCount - a.restartCount)[0];
  if (worst === undefined) return undefined;
  const { exitCode = 0, reason = 'Error', message = '' } = worst.ended;
  const lastLine = message.trim().split('\n').at(-1)?.trim() ?? '';
  const words = `exec ended with exit code ${exitCode} (${reason}) and was restarted ${worst.restartCount} times`;
  return lastLine === '' ? `${words}; its log says why` : `${words}: ${lastLine.slice(0, MESSAGE_LENGTH_MAX)}`;
}
