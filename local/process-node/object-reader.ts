/** Reads the ConfigMaps and Secrets that a pod uses, and remembers them for times when the API server does not answer. */
import { type Cluster, ClusterError, type KubeObject, KUBERNETES_TYPES } from '@flotilla/kube/mod.ts';
import type { ObjectSource } from './object-source.ts';
import type { Pod } from './pod-types.ts';
import { referencedObjects } from './referenced-objects.ts';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

type Content = Readonly<Record<string, Uint8Array>> | undefined;

export interface ObjectReader {
  /** Reads the objects that the pod names. Gives the last known objects while the API server is away, because a container must restart without it. */
  read(pod: Pod): Promise<ObjectSource>;
  forget(pod: Pod): void;
}

export function makeObjectReader(cluster: Pick<Cluster, 'find'>): ObjectReader {
  const remembered = new Map<string, Content>();

  const readOne = async (pod: Pod, kind: 'configMap' | 'secret', name: string): Promise<readonly [string, Content]> => {
    const key = `${pod.metadata.uid}/${kind}/${name}`;
    try {
      const address = { namespace: pod.metadata.namespace, name };
      const content =
        kind === 'configMap'
          ? configMapContent(await cluster.find<ConfigMap>(KUBERNETES_TYPES.configMap, address))
          : secretContent(await cluster.find<Secret>(KUBERNETES_TYPES.secret, address));
      remembered.set(key, content);
    } catch (error) {
      const unavailable = error instanceof ClusterError && error.code === 'CLUSTER_UNAVAILABLE';
      if (!unavailable || !remembered.has(key)) throw error;
    }
    return [name, remembered.get(key)];
  };

  return {
    async read(pod) {
      const names = referencedObjects(pod);
      const [configMaps, secrets] = await Promise.all([
        Promise.all(names.configMaps.map((name) => readOne(pod, 'configMap', name))),
        Promise.all(names.secrets.map((name) => readOne(pod, 'secret', name))),
      ]);
      const configMapsByName = new Map(configMaps);
      const secretsByName = new Map(secrets);
      return { configMap: (name) => configMapsByName.get(name), secret: (name) => secretsByName.get(name) };
    },
    forget(pod) {
      for (const key of remembered.keys()) if (key.startsWith(`${pod.metadata.uid}/`)) remembered.delete(key);
    },
  };
}

function configMapContent(object: ConfigMap | undefined): Content {
  if (object === undefined) return undefined;
  const text = Object.entries(object.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'utf8')] as const);
  return { ...Object.fromEntries(text), ...decoded(object.binaryData) };
}

function secretContent(object: Secret | undefined): Content {
  return object === undefined ? undefined : decoded(object.data);
}

function decoded(data: Readonly<Record<string, string>> | undefined): Readonly<Record<string, Uint8Array>> {
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
}
