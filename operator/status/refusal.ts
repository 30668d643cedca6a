import type { Clock } from '@flotilla/contracts/ports.ts';
import type { ResourceObject } from '@flotilla/contracts/resources/definition.ts';
import { ClusterError, type Executor, type Reconcile, type ResourceType } from '@flotilla/kube/mod.ts';
import { conditionsBefore, stalled, statusBase, type Verdict } from './standard-conditions.ts';
import { statusIntents } from './status-intents.ts';

const STANDARD_TYPES = new Set(['Ready', 'Reconciling', 'Stalled']);

/** What a write that the API server refused means for people: a bad value, a quota, a right that is missing. Undefined for what passes by itself. */
export function refusalVerdict(error: unknown): Verdict | undefined {
  if (!(error instanceof ClusterError)) return undefined;
  const isRefusal = error.retry === 'terminal' || error.statusCode === 403;
  return isRefusal
    ? stalled('WriteRefused', `the API server refuses: ${error.status?.message ?? error.message}; it is tried again`)
    : undefined;
}

export interface RefusalOptions {
  readonly resource: ResourceType;
  /** The object of a key, as it is known. */
  readonly find: (key: string) => ResourceObject | undefined;
  readonly executor: Pick<Executor, 'execute'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** The same reconciliation; a refusal that ends it is told in the object's conditions, and everything else of its status stays. */
export function reportingRefusals({ resource, find, executor, clock }: RefusalOptions, reconcile: Reconcile): Reconcile {
  const report = async (object: ResourceObject, verdict: Verdict, signal: AbortSignal): Promise<void> => {
    const others = conditionsBefore(object).filter(({ type }) => !STANDARD_TYPES.has(type));
    const status = { ...(object.status as object | undefined), ...statusBase(object, verdict, clock.nowMs(), others) };
    await executor.execute(statusIntents(resource, object, status), { signal });
  };
  return async (key, context) => {
    try {
      return await reconcile(key, context);
    } catch (error) {
      const verdict = refusalVerdict(error);
      const object = find(key);
      // A status that is refused itself is no news: the first failure is what counts.
      if (verdict !== undefined && object !== undefined) await report(object, verdict, context.signal).catch(() => undefined);
      throw error;
    }
  };
}
