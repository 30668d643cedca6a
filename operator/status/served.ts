/** Tells which objects this operator serves. The operator writes to no other object, because another operator may serve that namespace. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { WorkloadSettings } from '../workload/settings.ts';

/** One operator serves one tenant namespace. This function is the only place that decides so. */
export function isServed(object: ResourceObject, { namespace }: Pick<WorkloadSettings, 'namespace'>): boolean {
  return object.metadata.namespace === namespace;
}
