/** The reconcile function, which the user of the library writes: its arguments and its result. */
import type { Priority } from './priority.ts';

export interface ReconcileContext {
  /** Aborted at the deadline and when the controller stops; pass it to every request. */
  readonly signal: AbortSignal;
  readonly priority: Priority;
  /** Failures in a row before this try. */
  readonly failures: number;
}

/** `requeueAfterMs`: the key is reconciled again after this time, even if no change concerns it. 0 or more. */
export type ReconcileOutcome = { readonly requeueAfterMs?: number | undefined } | undefined | void;

/**
 * Brings the cluster to what the object under `key` asks for. Level-triggered: the call names the object, never the change.
 *
 * The controller retries after an error, with the delay of its retry class. An AssertionError ends the process.
 */
export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileOutcome>;

/** Runs `work` in a span of a trace. A rejection marks the span as failed and is passed on. */
export type RunInSpan = <T>(name: string, attributes: Readonly<Record<string, string>>, work: () => Promise<T>) => Promise<T>;
