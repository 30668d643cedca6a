/** Which objects this operator answers for. It writes nothing to any other: another operator may serve that namespace. */
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { WorkloadSettings } from '../workload/settings.ts';

/** One operator serves one tenant namespace; the only place that knows. */
export function isServed(object: ResourceObject, { namespace }: Pick<WorkloadSettings, 'namespace'>): boolean {
  return object.metadata.namespace === namespace;
}
