/** When the next recorded row is due: recorded time runs `speed` times as fast as ours. Pure. */
export interface Pace {
  /** Recorded and monotonic time of the first row. */
  readonly recordedMs: number;
  readonly startedMs: number;
  /** Recorded seconds per real second; 0: no waiting. */
  readonly speed: number;
}

/** Milliseconds to wait, never negative. */
export function waitMs(pace: Pace, recordedMs: number, nowMs: number): number {
  if (pace.speed === 0) return 0;
  return Math.max(0, pace.startedMs + (recordedMs - pace.recordedMs) / pace.speed - nowMs);
}
