/** Kubernetes waits 10 s to 5 min; a developer at a local cluster should not. */
export const RESTART_DELAY_MS_MIN = 1_000;
export const RESTART_DELAY_MS_MAX = 60_000;
/** A container that ran this long starts at the shortest delay again. */
export const CRASHES_FORGIVEN_AFTER_MS = 2 * RESTART_DELAY_MS_MAX;

/** Crashes in a row, this one included. */
export function countCrashes(before: number, ranMs: number): number {
  return ranMs >= CRASHES_FORGIVEN_AFTER_MS ? 1 : before + 1;
}

/** How long to wait after the `crashes`-th end in a row. */
export function restartDelayMs(crashes: number): number {
  return Math.min(RESTART_DELAY_MS_MAX, RESTART_DELAY_MS_MIN * 2 ** Math.min(Math.max(crashes - 1, 0), 16));
}
