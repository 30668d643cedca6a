/** The audit writer of a tenant namespace. Pure. */
import { compileRole } from '@flotilla/contracts/access/compile-role.ts';
import { AUDIT_NAME } from '../fleet/workload-names.ts';
import { AUDIT_KEY_SECRET } from '@flotilla/contracts/access/credential-secrets.ts';
import { SERVICE_PORTS } from '@flotilla/contracts/values/service-ports.ts';
import type { Intent } from '@flotilla/kube/execute/intent.ts';
import type { KubeManifest } from '@flotilla/kube/objects/kube-object.ts';
import { KUBERNETES_TYPES } from '@flotilla/kube/objects/resource-type.ts';
import { deploymentManifest, type Volume } from '../workload/deployment.ts';
import { busEnvironment, commonEnvironment } from '../workload/environment.ts';
import { type Belonging, labelsOf } from '../workload/labels.ts';
import { networkPolicyManifest } from '../workload/network-policy.ts';
import { networkEnvironment } from '../workload/network-targets.ts';
import { serviceAccountManifest } from '../workload/service-account.ts';
import { serverUrls, type WorkloadSettings } from '../workload/settings.ts';

const AUDIT_DIRECTORY = '/var/lib/flotilla/audit';
const SECRET_KEY_DIRECTORY = '/etc/flotilla/audit-key';
/** Mount path of the key's volume, where the service makes a key when no Secret is set. A key must not lie in the volume of the log. */
const VOLUME_KEY_DIRECTORY = '/var/lib/flotilla/signing-key';
const AUDIT_KEY_CLAIM = 'flotilla-audit-key';
const VOLUME_SIZE = '10Gi';
const KEY_VOLUME_SIZE = '16Mi';

const belonging: Belonging = { component: 'audit', instance: AUDIT_NAME };

/** One writer, because one log has one hash chain. */
export function planAuditWriter(settings: WorkloadSettings): readonly Intent[] {
  const { namespace, auditKeySecret } = settings;
  const { network } = compileRole(undefined, { role: 'AuditWriter' });
  const deployment = deploymentManifest({
    belonging,
    namespace,
    image: settings.image,
    pods: settings.pods,
    entryPoint: 'audit/main.ts',
    port: SERVICE_PORTS.audit,
    replicas: 1,
    strategy: 'Recreate',
    environment: [
      ...commonEnvironment(settings, SERVICE_PORTS.audit),
      ...busEnvironment(settings),
      { name: 'FLOTILLA_AUDIT_DIR', value: AUDIT_DIRECTORY },
      { name: 'FLOTILLA_AUDIT_KEY_FILE', value: `${keyVolume(auditKeySecret).mountPath}/${AUDIT_KEY_SECRET.key}` },
      ...networkEnvironment(network, settings),
    ],
    volumes: [
      { name: 'audit', mountPath: AUDIT_DIRECTORY, readOnly: false, source: { persistentVolumeClaim: { claimName: AUDIT_NAME } } },
      keyVolume(auditKeySecret),
    ],
    terminationGraceSeconds: 25,
    owner: undefined,
  });
  const policy = networkPolicyManifest({
    belonging,
    namespace,
    owner: undefined,
    reaches: serverUrls(network.servers, settings),
    healthPort: SERVICE_PORTS.audit,
    network: settings.network,
  });
  return [
    { type: 'apply', resource: KUBERNETES_TYPES.serviceAccount, manifest: serviceAccountManifest(belonging, namespace, undefined) },
    { type: 'apply', resource: KUBERNETES_TYPES.networkPolicy, manifest: policy, whole: true },
    {
      type: 'create',
      resource: KUBERNETES_TYPES.persistentVolumeClaim,
      manifest: volumeClaim(settings, AUDIT_NAME, settings.auditVolume?.size ?? VOLUME_SIZE),
    },
    ...(auditKeySecret === undefined
      ? [
          {
            type: 'create',
            resource: KUBERNETES_TYPES.persistentVolumeClaim,
            manifest: volumeClaim(settings, AUDIT_KEY_CLAIM, KEY_VOLUME_SIZE),
          } as const,
        ]
      : []),
    { type: 'apply', resource: KUBERNETES_TYPES.deployment, manifest: deployment, whole: true },
  ];
}

/** The operator creates the claim once and never deletes it: it holds the evidence or its key, and most of its spec is immutable. */
function volumeClaim({ namespace, auditVolume }: WorkloadSettings, name: string, storage: string): KubeManifest {
  const storageClassName = auditVolume?.storageClass;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace, labels: labelsOf(belonging) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage } },
      ...(storageClassName === undefined ? {} : { storageClassName }),
    },
  };
}

/** The Secret is mounted for the service's own group, which is the pod's fsGroup. */
function keyVolume(secretName: string | undefined): Volume {
  const name = 'signing-key';
  if (secretName === undefined) {
    return { name, mountPath: VOLUME_KEY_DIRECTORY, readOnly: false, source: { persistentVolumeClaim: { claimName: AUDIT_KEY_CLAIM } } };
  }
  const items = [{ key: AUDIT_KEY_SECRET.key, path: AUDIT_KEY_SECRET.key }];
  return { name, mountPath: SECRET_KEY_DIRECTORY, readOnly: true, source: { secret: { secretName, defaultMode: 0o440, items } } };
}
