/** Which files a ConfigMap, Secret, downward API or projected volume holds; pure. */
import { fieldReference, type PodPlace } from './field-reference.ts';
import { ContainerBlocked, type ObjectSource } from './object-source.ts';
import type { DownwardItem, KeyToPath, Pod, Projection, Volume } from './pod-types.ts';

/** Relative paths and their bytes. */
export type VolumeContent = ReadonlyMap<string, Uint8Array>;

export interface TokenRequest {
  readonly audience: string | undefined;
  readonly expirationSeconds: number;
}

export interface ContentSources {
  readonly pod: Pod;
  readonly place: PodPlace;
  readonly objects: ObjectSource;
  /** A service account token that is still good for a while. */
  readonly token: (request: TokenRequest) => Uint8Array;
}

const TOKEN_SECONDS_DEFAULT = 3_600;

/** Undefined for a volume that is a folder of its own (emptyDir, hostPath, claim). @throws ContainerBlocked */
export function volumeContent(volume: Volume, sources: ContentSources): VolumeContent | undefined {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (projected !== undefined) return merge((projected.sources ?? []).map((projection) => projectionContent(projection, sources)));
  if (configMap === undefined && secret === undefined && downwardAPI === undefined) return undefined;
  return projectionContent(
    {
      ...(configMap === undefined ? {} : { configMap }),
      ...(downwardAPI === undefined ? {} : { downwardAPI }),
      ...(secret === undefined ? {} : { secret: { ...secret, name: secret.secretName } }),
    },
    sources,
  );
}

/** The token requests of a pod's volumes, to be answered before {@link volumeContent}. */
export function tokenRequests(pod: Pod): readonly TokenRequest[] {
  return (pod.spec.volumes ?? [])
    .flatMap(({ projected }) => projected?.sources ?? [])
    .flatMap(({ serviceAccountToken }) => (serviceAccountToken === undefined ? [] : [tokenRequest(serviceAccountToken)]));
}

function tokenRequest(source: NonNullable<Projection['serviceAccountToken']>): TokenRequest {
  return { audience: source.audience, expirationSeconds: source.expirationSeconds ?? TOKEN_SECONDS_DEFAULT };
}

function projectionContent(source: Projection, { pod, place, objects, token }: ContentSources): VolumeContent {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  return merge([
    configMap === undefined ? new Map() : keyedContent('configmap', configMap, objects.configMap(configMap.name)),
    secret === undefined ? new Map() : keyedContent('secret', secret, objects.secret(secret.name)),
    new Map((downwardAPI?.items ?? []).map((item) => [item.path, downwardBytes(item, pod, place)])),
    serviceAccountToken === undefined ? new Map() : new Map([[serviceAccountToken.path, token(tokenRequest(serviceAccountToken))]]),
  ]);
}

function keyedContent(
  kind: string,
  source: { readonly name: string; readonly items?: readonly KeyToPath[]; readonly optional?: boolean },
  data: Readonly<Record<string, Uint8Array>> | undefined,
): VolumeContent {
  if (data === undefined && source.optional !== true) throw new ContainerBlocked('ContainerCreating', `${kind} "${source.name}" not found`);
  if (source.items === undefined) return new Map(Object.entries(data ?? {}));
  const files = new Map<string, Uint8Array>();
  for (const { key, path } of source.items) {
    const value = data?.[key];
    if (value !== undefined) files.set(path, value);
    else if (source.optional !== true) throw new ContainerBlocked('ContainerCreating', `${kind} "${source.name}" has no key ${key}`);
  }
  return files;
}

function downwardBytes(item: DownwardItem, pod: Pod, place: PodPlace): Uint8Array {
  const value = item.fieldRef === undefined ? undefined : fieldReference(item.fieldRef.fieldPath, pod, place);
  if (value === undefined) throw new ContainerBlocked('ContainerCreating', `the process node cannot fill the downward file ${item.path}`);
  return Buffer.from(value, 'utf8');
}

function merge(contents: readonly VolumeContent[]): VolumeContent {
  return new Map(contents.flatMap((content) => [...content]));
}
