/** The UTC day of a wall time, `2026-11-21`. */
export function utcDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
