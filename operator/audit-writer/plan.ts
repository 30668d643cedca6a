/** The audit writer of a tenant namespace. Pure. */
import { SERVICE_PORTS } from '@flotilla/contracts/service-ports.ts';
import type { Intent } from '../control/intent.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { KUBERNETES_TYPES } from '../kube/resource-type.ts';
import { deploymentManifest } from '../workload/deployment.ts';
import { busEnvironment, commonEnvironment } from '../workload/environment.ts';
import { type Belonging, labelsOf } from '../workload/labels.ts';
import { networkPolicyManifest } from '../workload/network-policy.ts';
import { serviceAccountManifest } from '../workload/service-account.ts';
import type { WorkloadSettings } from '../workload/settings.ts';

export const AUDIT_NAME = 'flotilla-audit';
const AUDIT_DIRECTORY = '/var/lib/flotilla/audit';
const VOLUME_SIZE = '10Gi';

const belonging: Belonging = { component: 'audit', instance: AUDIT_NAME };

/** One writer, because one log has one hash chain. */
export function planAuditWriter(settings: WorkloadSettings): readonly Intent[] {
  const { namespace } = settings;
  const deployment = deploymentManifest({
    belonging,
    namespace,
    image: settings.image,
    entryPoint: 'audit/main.ts',
    port: SERVICE_PORTS.audit,
    replicas: 1,
    strategy: 'Recreate',
    environment: [
      ...commonEnvironment(settings, SERVICE_PORTS.audit),
      ...busEnvironment(settings, 'audit'),
      { name: 'FLOTILLA_AUDIT_DIR', value: AUDIT_DIRECTORY },
    ],
    volumes: [{ name: 'audit', mountPath: AUDIT_DIRECTORY, readOnly: false, source: { persistentVolumeClaim: { claimName: AUDIT_NAME } } }],
    terminationGraceSeconds: 25,
    owner: undefined,
  });
  const policy = networkPolicyManifest({ belonging, namespace, owner: undefined, reaches: [settings.natsUrl] });
  return [
    { type: 'apply', resource: KUBERNETES_TYPES.serviceAccount, manifest: serviceAccountManifest(belonging, namespace, undefined) },
    { type: 'apply', resource: KUBERNETES_TYPES.networkPolicy, manifest: policy },
    { type: 'create', resource: KUBERNETES_TYPES.persistentVolumeClaim, manifest: volumeClaim(namespace) },
    { type: 'apply', resource: KUBERNETES_TYPES.deployment, manifest: deployment },
  ];
}

/** Created once and never deleted by us: it holds the evidence, and most of its spec is immutable. */
function volumeClaim(namespace: string): KubeManifest {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: AUDIT_NAME, namespace, labels: labelsOf(belonging) },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: VOLUME_SIZE } } },
  };
}
