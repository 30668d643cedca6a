/** Writes a refusal of the API server into the conditions of the object, for every kind. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { ClusterError, type Executor, type Reconcile, type ResourceType } from '@flotilla/kube/mod.ts';
import { conditionsBefore, type DomainCondition, statusBase, type Verdict } from './standard-conditions.ts';
import { statusIntents } from './status-intents.ts';

const STANDARD_TYPES = new Set(['Ready', 'Reconciling', 'Stalled']);

/** The verdict for a write that the API server refuses. */
export interface Refusal extends Verdict {
  readonly state: 'Stalled';
  readonly reason: 'WriteRefused';
}

/** The verdict for a refused write: a bad value, a quota, a missing right. Undefined for an error that a retry can overcome. */
export function refusalVerdict(error: unknown): Refusal | undefined {
  if (!(error instanceof ClusterError)) return undefined;
  const isRefusal = error.retry === 'terminal' || error.statusCode === 403;
  return isRefusal
    ? {
        state: 'Stalled',
        reason: 'WriteRefused',
        message: `the API server refuses: ${error.status?.message ?? error.message}; the operator retries`,
      }
    : undefined;
}

export interface RefusalOptions {
  readonly resource: ResourceType;
  /** The cached object of a key. */
  readonly find: (key: string) => ResourceObject | undefined;
  readonly executor: Pick<Executor, 'execute'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Wraps a reconciliation: a refusal that ends it is written into the conditions of the object. The rest of the status stays. */
export function reportingRefusals({ resource, find, executor, clock }: RefusalOptions, reconcile: Reconcile): Reconcile {
  const report = async (object: ResourceObject, verdict: Verdict, signal: AbortSignal): Promise<void> => {
    // An operator has written them, so the table has them.
    const others = conditionsBefore(object).filter(({ type }) => !STANDARD_TYPES.has(type)) as readonly DomainCondition[];
    const status = { ...(object.status as object | undefined), ...statusBase(object, verdict, clock.nowMs(), others) };
    await executor.execute(statusIntents(resource, object, status), { signal });
  };
  return async (key, context) => {
    try {
      return await reconcile(key, context);
    } catch (error) {
      const verdict = refusalVerdict(error);
      const object = find(key);
      // When the API server refuses the status too, the first error counts.
      if (verdict !== undefined && object !== undefined) await report(object, verdict, context.signal).catch(() => undefined);
      throw error;
    }
  };
}
