/** Prepares the volumes of a pod and mounts them into its containers. */
import { existsSync, lstatSync, mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Cluster, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import type { PodPlace } from './field-reference.ts';
import { ContainerBlocked, type ObjectSource } from './object-source.ts';
import type { ObjectReader } from './object-reader.ts';
import { podFolder } from './pod-record-files.ts';
import type { Container, Pod, Volume } from './pod-types.ts';
import type { PathMapping } from './rewrite-paths.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import { tokenRequests, volumeContent } from './volume-content.ts';
import { writeVolumeContent } from './write-volume-content.ts';

export interface PodVolumesOptions {
  readonly cluster: Pick<Cluster, 'find'>;
  readonly podsDir: string;
  readonly objects: ObjectReader;
  readonly tokens: ServiceAccountTokens;
}

export interface PodVolumes {
  /** Makes or renews every volume of a pod; the folder of each by name, and the objects that were read for them. @throws ContainerBlocked */
  prepare(pod: Pod, place: PodPlace): Promise<PreparedVolumes>;
  forget(pod: Pod): void;
}

export interface PreparedVolumes {
  readonly folders: ReadonlyMap<string, string>;
  readonly objects: ObjectSource;
}

export function makePodVolumes(options: PodVolumesOptions): PodVolumes {
  const { cluster, podsDir, objects, tokens } = options;
  return {
    async prepare(pod, place) {
      const [source, token] = await Promise.all([objects.read(pod), tokens.ensure(pod, tokenRequests(pod))]);
      const folders = new Map<string, string>();
      for (const volume of pod.spec.volumes ?? []) {
        const content = volumeContent(volume, { pod, place, objects: source, token });
        const folder = content === undefined ? await ownFolder(cluster, podsDir, pod, volume) : volumeFolder(podsDir, pod, volume.name);
        if (content !== undefined) writeVolumeContent(folder, content);
        folders.set(volume.name, folder);
      }
      return { folders, objects: source };
    },
    forget(pod) {
      objects.forget(pod);
      tokens.forget(pod);
    },
  };
}

function volumeFolder(podsDir: string, pod: Pod, name: string): string {
  return join(podFolder(podsDir, pod.metadata.uid ?? ''), 'volumes', name);
}

interface Claim extends KubeObject {
  readonly spec?: { readonly volumeName?: string };
  readonly status?: { readonly phase?: string };
}

interface PersistentVolume extends KubeObject {
  readonly spec?: { readonly hostPath?: { readonly path: string }; readonly local?: { readonly path: string } };
}

async function ownFolder(cluster: Pick<Cluster, 'find'>, podsDir: string, pod: Pod, volume: Volume): Promise<string> {
  const { hostPath, persistentVolumeClaim } = volume;
  if (hostPath !== undefined) {
    if (hostPath.type === 'DirectoryOrCreate') mkdirSync(hostPath.path, { recursive: true });
    if (!existsSync(hostPath.path)) throw blocked(`hostPath ${hostPath.path} does not exist`);
    return hostPath.path;
  }
  if (persistentVolumeClaim !== undefined) return claimFolder(cluster, pod, persistentVolumeClaim.claimName);
  if (volume.emptyDir === undefined) throw blocked(`the process node has no volumes of the type of ${volume.name}`);
  const folder = volumeFolder(podsDir, pod, volume.name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

async function claimFolder(cluster: Pick<Cluster, 'find'>, pod: Pod, claimName: string): Promise<string> {
  const address = { namespace: pod.metadata.namespace, name: claimName };
  const claim = await cluster.find<Claim>(KUBERNETES_TYPES.persistentVolumeClaim, address);
  const volumeName = claim?.spec?.volumeName;
  if (volumeName === undefined || claim?.status?.phase !== 'Bound') throw blocked(`persistentvolumeclaim "${claimName}" is not bound`);
  const volume = await cluster.find<PersistentVolume>(KUBERNETES_TYPES.persistentVolume, { name: volumeName });
  const folder = volume?.spec?.hostPath?.path ?? volume?.spec?.local?.path;
  if (folder === undefined) throw blocked(`persistentvolume "${volumeName}" names no folder of this machine`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/**
 * Lays out a container's mounts as links under a folder that stands for its root, so that paths relative to one another hold too, and
 * says which paths of the container lie where. `/app` is the checkout.
 */
export function mountContainer(
  podsDir: string,
  pod: Pod,
  container: Container,
  folders: ReadonlyMap<string, string>,
  checkoutDir: string,
): readonly PathMapping[] {
  const root = containerRoot(podsDir, pod, container.name);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => a.mountPath.length - b.mountPath.length);
  const mappings = mounts.map(({ name, mountPath, subPath }) => {
    const folder = folders.get(name);
    if (folder === undefined) throw blocked(`volumeMount ${mountPath} names no volume ${name}`);
    const containerPath = mountPath.replace(/\/+$/, '');
    const target = subPath === undefined || subPath === '' ? folder : join(folder, subPath);
    if (!existsSync(target)) mkdirSync(target, { recursive: true, mode: 0o700 });
    const hostPath = join(root, containerPath);
    link(target, hostPath);
    return { containerPath, hostPath };
  });
  return [{ containerPath: '/app', hostPath: checkoutDir }, ...mappings];
}

export function containerRoot(podsDir: string, pod: Pod, container: string): string {
  return join(podFolder(podsDir, pod.metadata.uid ?? ''), 'roots', container);
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() === true && readlinkSync(path) === target) return;
  if (there !== undefined) rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
}

function blocked(message: string): ContainerBlocked {
  return new ContainerBlocked('ContainerCreating', message);
}
