/** Creates and deletes the persistent volumes of claims on the local storage class. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@flotilla/contracts/ports.ts';
import {
  type Cluster,
  isAlreadyExists,
  type KernelLogger,
  type KubeManifest,
  type KubeObject,
  KUBERNETES_TYPES,
  type Reflector,
} from '@flotilla/kube/mod.ts';
import { STORAGE_CLASS, STORAGE_PROVISIONER } from './storage-names.ts';

const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

export interface Claim extends KubeObject {
  readonly spec?: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: { readonly storage?: string } };
  };
  readonly status?: { readonly phase?: string };
}

export interface PersistentVolume extends KubeObject {
  readonly spec?: { readonly hostPath?: { readonly path: string }; readonly persistentVolumeReclaimPolicy?: string };
  readonly status?: { readonly phase?: string };
}

/** The volume that a claim of our class waits for; undefined when it waits for none. */
export function volumeFor(claim: Claim, volumesDir: string): KubeManifest | undefined {
  const { metadata, spec } = claim;
  if (spec?.storageClassName !== STORAGE_CLASS || metadata.uid === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  if (spec.volumeName !== undefined && spec.volumeName !== '') return undefined;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${metadata.uid}`, annotations: { [PROVISIONED_BY]: STORAGE_PROVISIONER } },
    spec: {
      storageClassName: STORAGE_CLASS,
      persistentVolumeReclaimPolicy: 'Delete',
      accessModes: spec.accessModes ?? ['ReadWriteOnce'],
      capacity: { storage: spec.resources?.requests?.storage ?? '1Gi' },
      hostPath: { path: join(volumesDir, `${metadata.namespace}_${metadata.name}_${metadata.uid.slice(0, 8)}`), type: 'DirectoryOrCreate' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
    },
  };
}

/** The folder to delete with a volume that its claim has left; undefined when the volume is none of ours, or kept. */
export function leftFolder(volume: PersistentVolume, volumesDir: string): string | undefined {
  const ours = volume.metadata.annotations?.[PROVISIONED_BY] === STORAGE_PROVISIONER;
  const path = volume.spec?.hostPath?.path;
  if (!ours || volume.status?.phase !== 'Released' || volume.spec?.persistentVolumeReclaimPolicy !== 'Delete') return undefined;
  return path?.startsWith(`${volumesDir}/`) === true ? path : undefined;
}

export interface VolumeProvisionerOptions {
  readonly cluster: Pick<Cluster, 'create' | 'delete'>;
  readonly claims: Pick<Reflector<Claim>, 'onChange'>;
  readonly volumes: Pick<Reflector<PersistentVolume>, 'onChange'>;
  readonly volumesDir: string;
  /** Of each folder. Default 0700. */
  readonly folderMode?: number;
  readonly clock: Pick<Clock, 'after'>;
  readonly logger: KernelLogger;
}

const RETRY_MS = 2_000;

/** Makes a folder of this machine for every claim of the class `local`, and deletes it with the claim. */
export function startVolumeProvisioner(options: VolumeProvisionerOptions): void {
  const { cluster, claims, volumes, volumesDir, folderMode = 0o700, clock, logger } = options;
  const provision = async (claim: Claim): Promise<void> => {
    const manifest = volumeFor(claim, volumesDir);
    if (manifest === undefined) return;
    const { path } = (manifest['spec'] as { readonly hostPath: { readonly path: string } }).hostPath;
    mkdirSync(path, { recursive: true });
    chmodSync(path, folderMode);
    await cluster.create(KUBERNETES_TYPES.persistentVolume, manifest).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
    logger.info({ claim: claim.metadata.name, volume: manifest.metadata.name }, 'volume made');
  };
  const reclaim = async (volume: PersistentVolume): Promise<void> => {
    const folder = leftFolder(volume, volumesDir);
    if (folder === undefined) return;
    rmSync(folder, { recursive: true, force: true });
    await cluster.delete(KUBERNETES_TYPES.persistentVolume, { name: volume.metadata.name });
  };
  /** Again until it works: a claim that waits changes no more by itself. */
  const attempt = (work: () => Promise<void>): void => {
    work().catch((error: unknown) => {
      logger.warn({ err: error }, 'volume not handled; trying again');
      clock.after(RETRY_MS, () => attempt(work));
    });
  };
  claims.onChange(({ type, object }) => (type === 'deleted' ? undefined : attempt(() => provision(object))));
  volumes.onChange(({ type, object }) => (type === 'deleted' ? undefined : attempt(() => reclaim(object))));
}
