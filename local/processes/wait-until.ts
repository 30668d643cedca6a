/** Waits for a condition, and reports why the condition does not hold when the time is over. */
import { type ErrorCode, FlotillaError } from '@flotilla/contracts/errors/errors.ts';
import type { Clock } from '@flotilla/contracts/ports.ts';

const POLL_EVERY_MS = 40;

export interface WaitOptions {
  readonly clock: Clock;
  readonly what: string;
  readonly timeoutMs: number;
  /** Why the condition does not hold yet; undefined when it holds. */
  readonly problem: () => Promise<string | undefined>;
  /** Why more waiting cannot help, such as a process that ended. */
  readonly hopeless?: () => string | undefined;
  readonly code?: ErrorCode;
}

/** @throws FlotillaError when the condition does not hold in time. */
export async function waitUntil(options: WaitOptions): Promise<void> {
  const deadlineMs = options.clock.monotonicMs() + options.timeoutMs;
  for (;;) {
    const hopeless = options.hopeless?.();
    if (hopeless !== undefined) throw new FlotillaError(options.code ?? 'CLUSTER_UNAVAILABLE', `${options.what}: ${hopeless}`);
    const problem = await options.problem();
    if (problem === undefined) return;
    if (options.clock.monotonicMs() > deadlineMs) {
      throw new FlotillaError(
        options.code ?? 'CLUSTER_UNAVAILABLE',
        `${options.what}: not ready within ${options.timeoutMs / 1_000} s, last: ${problem}`,
      );
    }
    await options.clock.sleep(POLL_EVERY_MS);
  }
}
