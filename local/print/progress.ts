/** Prints the steps of a command with their durations. */
import type { Clock } from '@flotilla/contracts/ports.ts';

export type Log = (line: string) => void;

/** Runs one step and prints what it did with the time that it took. */
export type Step = <T>(name: string, run: () => Promise<T>) => Promise<T>;

export function makeStep(clock: Pick<Clock, 'monotonicMs'>, log: Log): Step {
  return async (name, run) => {
    const startedMs = clock.monotonicMs();
    const result = await run();
    log(`  ${name} ${formatSeconds(clock.monotonicMs() - startedMs)}`);
    return result;
  };
}

export function formatSeconds(durationMs: number): string {
  return durationMs < 10_000 ? `${(durationMs / 1_000).toFixed(1)} s` : `${Math.round(durationMs / 1_000)} s`;
}
