/** Judges the state of a Deployment for the status of the resource that owns it. Pure. */
import type { KubeObject } from '@flotilla/kube/mod.ts';

interface EnvironmentVariable {
  readonly name: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string } };
}

/** The fields of a Deployment that the operator reads. */
export interface DeploymentObject extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly env?: readonly EnvironmentVariable[] }[] } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    /** Pods that were told to end and have not; `replicas` does not count them. */
    readonly terminatingReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      /** RFC 3339. */
      readonly lastTransitionTime?: string;
      readonly message?: string;
    }[];
  };
}

/** Ready: every wanted pod is ready and of this revision. Gone: no pod is wanted and none is left. Starting and Stopping: `message` says what is missing. */
export type DeploymentState = { readonly state: 'Absent' | 'Ready' | 'Gone' | 'Starting' | 'Stopping'; readonly message: string };

export function deploymentState(deployment: DeploymentObject | undefined): DeploymentState {
  if (deployment === undefined) return { state: 'Absent', message: 'the Deployment is not there yet' };
  const { spec, status, metadata } = deployment;
  const wanted = spec?.replicas ?? 1;
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 1);
  const replicas = status?.replicas ?? 0;
  if (wanted === 0) {
    const ending = status?.terminatingReplicas ?? 0;
    const gone = seen && replicas === 0 && ending === 0;
    return gone
      ? { state: 'Gone', message: `Deployment ${metadata.name} has no pods, as wanted` }
      : { state: 'Stopping', message: `Deployment ${metadata.name} still has ${replicas + ending} pods` };
  }
  const ready = seen && (status?.updatedReplicas ?? 0) >= wanted && (status?.readyReplicas ?? 0) >= wanted && replicas === wanted;
  if (ready) return { state: 'Ready', message: `Deployment ${metadata.name} is ready` };
  const trouble = status?.conditions?.find(
    ({ type, status: holds }) =>
      (type === 'ReplicaFailure' || type === 'Progressing') && holds === (type === 'Progressing' ? 'False' : 'True'),
  );
  const why = trouble === undefined ? '' : `: ${trouble.message ?? trouble.reason ?? ''}`;
  return { state: 'Starting', message: `Deployment ${metadata.name} ${whatIsMissing(status, seen, wanted)}${why}` };
}

/** The first thing that is missing. Ready pods of an older revision do not count. */
function whatIsMissing(status: DeploymentObject['status'], seen: boolean, wanted: number): string {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status ?? {};
  if (!seen && readyReplicas >= wanted) return 'has changed, and its controller has not taken up the change yet';
  if (updatedReplicas < wanted && readyReplicas >= wanted) return `has ${updatedReplicas} of ${wanted} pods of its newest revision`;
  if (replicas > wanted && readyReplicas >= wanted) return `has ${replicas - wanted} pods of an older revision that have not ended`;
  return `has ${readyReplicas} of ${wanted} pods ready`;
}
