/** Gives the objects that `make up` applies to a new cluster: namespaces, storage class and the Secrets of the services. */
import { busSecretName, storeSecretName } from '@flotilla/contracts/access/credential-secrets.ts';
import type { KubeManifest } from '@flotilla/kube/mod.ts';
import type { Credentials } from '../identities/credentials.ts';
import { BUS_SERVICES, OPERATOR_NAMESPACE, STORE_SERVICES, TENANT_NAMESPACE } from '../identities/identity-names.ts';
import { STORAGE_CLASS, STORAGE_PROVISIONER } from '../process-node/storage-names.ts';

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

/** User and password of each service at the bus and at the store; pods name these Secrets in their environment. */
export function serviceSecrets(credentials: Credentials): readonly KubeManifest[] {
  return [
    ...BUS_SERVICES.map((service) => secret(busSecretName(service), service, credentials.bus[service])),
    ...STORE_SERVICES.map((service) => secret(storeSecretName(service), service, credentials.store[service])),
  ];
}

function secret(name: string, user: string, password: string | undefined): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: TENANT_NAMESPACE, labels: { 'app.kubernetes.io/part-of': 'flotilla' } },
    type: 'Opaque',
    stringData: { user, password },
  };
}
