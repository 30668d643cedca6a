/** Counts the outcomes of a probe against its thresholds. Pure. */
import type { Probe } from './pod-types.ts';

export interface ProbeTiming {
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** Kubernetes' defaults. */
export function probeTiming(probe: Probe): ProbeTiming {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1_000,
    periodMs: (probe.periodSeconds ?? 10) * 1_000,
    timeoutMs: (probe.timeoutSeconds ?? 1) * 1_000,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
  };
}

/** Verdict of a probe so far; `unknown` until the probe reaches a threshold. */
export interface ProbeState {
  readonly verdict: 'unknown' | 'success' | 'failure';
  readonly last: 'success' | 'failure' | undefined;
  /** Outcomes like `last` in a row. */
  readonly inARow: number;
}

export const PROBE_START: ProbeState = { verdict: 'unknown', last: undefined, inARow: 0 };

export function afterProbe(state: ProbeState, outcome: 'success' | 'failure', timing: ProbeTiming): ProbeState {
  const inARow = state.last === outcome ? state.inARow + 1 : 1;
  const threshold = outcome === 'success' ? timing.successThreshold : timing.failureThreshold;
  return { verdict: inARow >= threshold ? outcome : state.verdict, last: outcome, inARow };
}

/** Tries between two that count, while a container gets ready: a start of one second does not cost a wait of ten. */
export const EAGER_PERIOD_MS = 200;

/** When to try again. Eager until the first success; {@link countsAsTry} keeps eager failures from adding up. */
export function nextProbeDelayMs(state: ProbeState, timing: ProbeTiming): number {
  return state.verdict === 'success' ? timing.periodMs : Math.min(EAGER_PERIOD_MS, timing.periodMs);
}

/** A failure counts only once per period, so that eager tries do not use up the failure threshold. */
export function countsAsTry(outcome: 'success' | 'failure', sinceCountedMs: number, timing: ProbeTiming): boolean {
  return outcome === 'success' || sinceCountedMs >= timing.periodMs;
}
