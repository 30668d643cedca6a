/** Builds the ServiceAccount of a workload. */
import type { KubeManifest, OwnerReference } from '@flotilla/kube/mod.ts';
import { type Belonging, labelsOf } from './labels.ts';

/** Each workload has an identity of its own. Its pods get no token for the API server, because no workload calls the API server. */
export function serviceAccountManifest(belonging: Belonging, namespace: string, owner: OwnerReference | undefined): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: belonging.instance,
      namespace,
      labels: labelsOf(belonging),
      ...(owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    automountServiceAccountToken: false,
  };
}
