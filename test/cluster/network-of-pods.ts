/** What the operator says of the network of a principal, for the test on a real node. */
import type { NetworkProofStatus, PermissionsStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import { eventually } from '@flotilla/runtime/testing/eventually.ts';
import type { ClusterCommands } from '../e2e/cluster-commands.ts';

/** A pod tries once a minute, and takes up to half a minute; a forbidden address counts after two connections with ten seconds between. */
export const NETWORK_TOLD_MS_MAX = 120_000;

interface WithPermissions {
  readonly status?: { readonly permissions?: PermissionsStatus };
}

/** Waits until the status of the object has the state. */
export async function networkState(
  cluster: ClusterCommands,
  [kind, name]: readonly [kind: string, name: string],
  state: NetworkProofStatus['state'],
): Promise<NetworkProofStatus> {
  let last: NetworkProofStatus | undefined;
  return eventually(
    `the network of ${kind} ${name} is ${state}`,
    async () => {
      last = (await cluster.get<WithPermissions>(kind, name))?.status?.permissions?.network;
      return last?.state === state ? last : undefined;
    },
    NETWORK_TOLD_MS_MAX,
  ).catch((cause: unknown) => {
    throw new Error(`${kind} ${name}: expected the network ${state}, found ${JSON.stringify(last)}`, { cause });
  });
}

/** A policy of another writer, which lets the pods of one instance reach every pod of the namespace. */
export function widerPolicy(namespace: string, instance: string): string {
  return JSON.stringify({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'wider', namespace },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/instance': instance } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: {} }] }],
    },
  });
}

/** A role whose leaks are told and pause nothing. */
export function watchedRole(namespace: string): string {
  return JSON.stringify({
    apiVersion: 'flotilla.dev/v1alpha1',
    kind: 'AgentRole',
    metadata: { name: 'watched', namespace },
    spec: { onLeak: 'Alert' },
  });
}
