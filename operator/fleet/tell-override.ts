/** Records that a person has overridden the wait for exec: in the audit log first, then as an Event. For the controllers that delete. */
import { sha256 } from '@flotilla/contracts/values/ids.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import type { Executor, ResourceType } from '@flotilla/kube/mod.ts';
import type { ControlBus } from '../provision/control-bus.ts';
import type { DeletionOverride } from './deletion-override.ts';

export interface OverrideNews {
  readonly resource: ResourceType;
  readonly object: ResourceObject;
  readonly portfolio: string;
  readonly override: DeletionOverride;
  /** The evidence that was missing when the wait was overridden. */
  readonly missing: string;
}

/** Throws before anything is deleted when the audit log does not take the event. @throws FlotillaError of the bus */
export async function tellOverride(
  { bus, executor }: { readonly bus: Pick<ControlBus, 'audit'>; readonly executor: Pick<Executor, 'execute'> },
  { resource, object, portfolio, override, missing }: OverrideNews,
  signal: AbortSignal,
): Promise<void> {
  const { name, uid = '' } = object.metadata;
  const { person, reason } = override;
  await bus.audit(portfolio, sha256(`override ${uid}`), 'DELETION_OVERRIDDEN', { kind: resource.kind, name, person, reason, missing });
  const note = `deleted without exec, as decided by ${person}: ${reason}; ${missing}`;
  const event = {
    type: 'event',
    resource,
    regarding: object,
    severity: 'Warning',
    reason: 'DeletionOverridden',
    action: 'Delete',
    note,
  } as const;
  await executor.execute([event], { signal });
}
