import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { WorkloadSettings } from '../workload/settings.ts';
import { stalled, type StatusBase, statusBase } from './standard-conditions.ts';

/** One operator serves one tenant namespace. */
export function isServed(object: ResourceObject, settings: WorkloadSettings): boolean {
  return object.metadata.namespace === settings.namespace;
}

export function notServed(object: ResourceObject, settings: WorkloadSettings, clock: Pick<Clock, 'nowMs'>): StatusBase {
  const message = `this operator serves the namespace ${settings.namespace} alone: create it there`;
  return statusBase(object, stalled('NamespaceNotServed', message), clock.nowMs());
}
