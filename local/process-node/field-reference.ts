/** Reads fields of the downward API, such as the name or the address of a pod, for variables and volumes. */
import type { Pod } from './pod-types.ts';

export interface PodPlace {
  readonly address: string;
  readonly hostAddress: string;
  readonly nodeName: string;
}

/** The value of a downward API field; undefined when there is no such field. Maps print as in a downward API file: `key="value"` lines. */
export function fieldReference(fieldPath: string, pod: Pod, place: PodPlace): string | undefined {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath);
  if (keyed !== null) return (keyed[1] === 'labels' ? metadata.labels : metadata.annotations)?.[keyed[2] ?? ''] ?? '';
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return printMap(metadata.labels);
    case 'metadata.annotations':
      return printMap(metadata.annotations);
    case 'spec.nodeName':
      return place.nodeName;
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default';
    case 'status.podIP':
    case 'status.podIPs':
      return place.address;
    case 'status.hostIP':
    case 'status.hostIPs':
      return place.hostAddress;
    default:
      return undefined;
  }
}

function printMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}\n`)
    .join('');
}
