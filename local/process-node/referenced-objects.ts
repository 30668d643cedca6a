/** Lists the ConfigMaps and Secrets that a pod uses. Pure. */
import { allContainers, type Container, type Pod, type Projection, type Volume } from './pod-types.ts';

export interface ReferencedObjects {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
}

/** Names of the ConfigMaps and Secrets that a pod's environment and volumes use. */
export function referencedObjects({ spec }: Pod): ReferencedObjects {
  const containers = allContainers(spec).map(ofContainer);
  const volumes = (spec.volumes ?? []).map(ofVolume);
  const all = [...containers, ...volumes];
  return {
    configMaps: [...new Set(all.flatMap(({ configMaps }) => configMaps))],
    secrets: [...new Set(all.flatMap(({ secrets }) => secrets))],
  };
}

function ofContainer({ env = [], envFrom = [] }: Container): ReferencedObjects {
  return {
    configMaps: [
      ...env.flatMap((entry) => entry.valueFrom?.configMapKeyRef?.name ?? []),
      ...envFrom.flatMap((source) => source.configMapRef?.name ?? []),
    ],
    secrets: [
      ...env.flatMap((entry) => entry.valueFrom?.secretKeyRef?.name ?? []),
      ...envFrom.flatMap((source) => source.secretRef?.name ?? []),
    ],
  };
}

function ofVolume({ configMap, secret, projected }: Volume): ReferencedObjects {
  const sources: readonly Projection[] = projected?.sources ?? [];
  return {
    configMaps: [...(configMap === undefined ? [] : [configMap.name]), ...sources.flatMap((source) => source.configMap?.name ?? [])],
    secrets: [...(secret === undefined ? [] : [secret.secretName]), ...sources.flatMap((source) => source.secret?.name ?? [])],
  };
}
