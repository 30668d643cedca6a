/** The query parameters and media types of a list or watch, for the requests of a Cluster. */
import type { ListScope } from './cluster.ts';

/** Asks for metadata only; the server leaves spec and status out. */
export const METADATA_ACCEPT = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const METADATA_LIST_ACCEPT = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export function scopeQuery(scope: ListScope): Record<string, string | undefined> {
  return { labelSelector: scope.labelSelector, fieldSelector: scope.fieldSelector };
}
