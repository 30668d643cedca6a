/** Tells of objects of the operator that another writer changed or deleted, and finds the object for the event. */
import { objectKey, type EventIntent, type KubeObject, type ObjectDrift, type Reflector } from '@flotilla/kube/mod.ts';
import type { Drift, TellDrift } from './drift.ts';

const KIND_AND_NAME = /^(\S+) (\S+)$/;

/** For an executor. */
export function objectDriftTeller(tell: TellDrift): (drift: ObjectDrift) => void {
  return ({ resource, address, change, paths }) =>
    tell({
      what: 'object',
      name: `${resource.kind} ${objectKey(address)}`,
      expected: 'the object as the operator applied it',
      found: change === 'deleted' ? 'no object with the labels of the operator' : `other values of ${paths.join(', ')}`,
      isRepaired: true,
    });
}

/** Undefined for drift of other things than objects. */
export function driftEvent(
  { what, name, found }: Drift,
  reflectors: readonly Pick<Reflector, 'type' | 'get'>[],
): Omit<EventIntent, 'type'> | undefined {
  const [, kind, key] = KIND_AND_NAME.exec(name) ?? [];
  if (what !== 'object' || key === undefined) return undefined;
  const reflector = reflectors.find(({ type }) => type.kind === kind);
  const regarding: KubeObject | undefined = reflector?.get(key);
  if (reflector === undefined || regarding === undefined) return undefined;
  return {
    resource: reflector.type,
    regarding,
    severity: 'Warning',
    reason: 'DriftRepaired',
    action: 'PutBack',
    note: `Another writer changed this object, and the operator put it back. Found: ${found}. Follow the runbook FlotillaDriftRepaired.`,
  };
}
