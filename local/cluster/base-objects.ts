/** Gives the objects that `make up` applies to a new cluster: namespaces, storage class, the account of people at the bus. */
import { READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import { OPERATOR_NAMESPACE, TENANT_NAMESPACE } from '../identities/identity-names.ts';
import { STORAGE_CLASS, STORAGE_PROVISIONER } from '../process-node/storage-names.ts';

const PART_OF = { 'app.kubernetes.io/part-of': 'flotilla' } as const;

export function namespaces(): readonly KubeManifest[] {
  return [TENANT_NAMESPACE, OPERATOR_NAMESPACE].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
}

export function storageClass(): KubeManifest {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: STORAGE_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: STORAGE_PROVISIONER,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  };
}

/** The command line asks for tokens of this ServiceAccount, and proves with them to the bus that it may read. No pod runs with it. */
export function readerServiceAccount(): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: READER_SERVICE_ACCOUNT, namespace: TENANT_NAMESPACE, labels: PART_OF },
    automountServiceAccountToken: false,
  };
}
