/** Gives the objects that `make up` applies to a new cluster: namespaces, storage class, the Secrets of the store, the account of people at the bus. */
import { READER_SERVICE_ACCOUNT } from '@flotilla/contracts/access/bus-token.ts';
import { CREDENTIAL_KEYS, storeSecretName } from '@flotilla/contracts/access/credential-secrets.ts';
import { STORE_USER_NAMES } from '@flotilla/contracts/access/store-users.ts';
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import type { Credentials } from '../identities/credentials.ts';
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

/** User and password of each service at the store; pods name these Secrets in their environment. */
export function storeSecrets(credentials: Credentials): readonly KubeManifest[] {
  return STORE_USER_NAMES.map((user) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: storeSecretName(user), namespace: TENANT_NAMESPACE, labels: PART_OF },
    type: 'Opaque',
    stringData: { [CREDENTIAL_KEYS.user]: user, [CREDENTIAL_KEYS.password]: credentials.store[user] },
  }));
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
