/** Repeats one probe of one container and reports each change of its verdict. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import type { Probe } from './pod-types.ts';
import { afterProbe, countsAsTry, nextProbeDelayMs, PROBE_START, type ProbeState, probeTiming } from './probe-state.ts';

export interface ProberOptions {
  readonly probe: Probe;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Undefined when it passes. */
  readonly run: (timeoutMs: number) => Promise<string | undefined>;
  /** Called when the verdict becomes another. `problem` is why the last try failed. */
  readonly onVerdict: (verdict: 'success' | 'failure', problem: string | undefined) => void;
}

/** Runs one probe of one container again and again. The result stops it. */
export function startProber({ probe, clock, run, onVerdict }: ProberOptions): () => void {
  const timing = probeTiming(probe);
  let state: ProbeState = PROBE_START;
  let countedAtMs = clock.monotonicMs() + timing.initialDelayMs - timing.periodMs;
  let stopped = false;

  const attempt = async (): Promise<void> => {
    const problem = await run(timing.timeoutMs);
    if (stopped) return;
    const outcome = problem === undefined ? 'success' : 'failure';
    const nowMs = clock.monotonicMs();
    if (countsAsTry(outcome, nowMs - countedAtMs, timing)) {
      countedAtMs = nowMs;
      const before = state.verdict;
      state = afterProbe(state, outcome, timing);
      if (state.verdict !== before && state.verdict !== 'unknown') onVerdict(state.verdict, problem);
    }
    schedule(nextProbeDelayMs(state, timing));
  };

  let cancel: () => void = () => undefined;
  const schedule = (delayMs: number): void => {
    if (!stopped) cancel = clock.after(delayMs, () => void attempt());
  };
  schedule(timing.initialDelayMs);
  return () => {
    stopped = true;
    cancel();
  };
}
