/** One call of a reconcile function, with a deadline that aborts its signal. */
import { AssertionError } from '@flotilla/contracts/errors/assert.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';
import { linkedAbort } from '../transport/linked-abort.ts';
import type { Reconcile, ReconcileContext, ReconcileOutcome, RunInSpan } from './reconcile.ts';

export type Attempt = { readonly outcome: ReconcileOutcome } | { readonly error: unknown };

export interface AttemptOptions {
  readonly controller: string;
  readonly reconcile: Reconcile;
  readonly deadlineMs: number;
  readonly clock: Pick<Clock, 'after'>;
  /** Aborts every attempt. */
  readonly stopping: AbortSignal;
  readonly trace?: RunInSpan | undefined;
}

/**
 * Starts one attempt. `inTime` resolves with the result, or with `late` at the deadline. `whole` resolves when the call has returned; after the
 * deadline, the result is an error even if the call succeeded.
 *
 * Both reject with an AssertionError of the reconcile function, because a bug must end the process.
 */
export function startAttempt(
  { controller, reconcile, deadlineMs, clock, stopping, trace }: AttemptOptions,
  key: string,
  context: Omit<ReconcileContext, 'signal'>,
): { readonly inTime: Promise<Attempt | 'late'>; readonly whole: Promise<Attempt> } {
  const deadline = linkedAbort([stopping]);
  const late = Promise.withResolvers<'late'>();
  let isLate = false;
  const cancel = clock.after(deadlineMs, () => {
    isLate = true;
    deadline.abort(new Error(`reconcile of ${key} took longer than ${deadlineMs} ms`));
    late.resolve('late');
  });
  const call = (): Promise<ReconcileOutcome> => reconcile(key, { ...context, signal: deadline.signal });
  const run = async (): Promise<Attempt> => {
    try {
      const outcome = await (trace === undefined ? call() : trace(`reconcile ${controller}`, { key, priority: context.priority }, call));
      return isLate ? { error: deadline.signal.reason } : { outcome };
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      return { error: isLate ? deadline.signal.reason : error };
    } finally {
      cancel();
      deadline.end();
    }
  };
  const whole = run();
  return { inTime: Promise.race([whole, late.promise]), whole };
}
