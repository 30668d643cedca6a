/** When a position gets its next flattening order. Pure. */

/** The last order that exec made to close a position. */
export interface Attempt {
  /** Position for which the order was made. */
  readonly quantity: bigint;
  /** Delay until the next order while position and market price stay as they are. */
  readonly delayMs: number;
  readonly sentAtMs: number;
  /** Arrival of the market price that the order was made by; undefined when there was no price. */
  readonly pricedAtMs: number | undefined;
}

/** The facts that decide on an attempt, at one moment. */
export interface AttemptInput {
  readonly quantity: bigint;
  readonly pricedAtMs: number | undefined;
  /** Monotonic. */
  readonly nowMs: number;
}

/** Delays after an order that closed nothing: the venue showed no quantity, or a check denied the order. */
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 5_000;

/** Orders that close nothing come more and more slowly, or soon after the market moved: EXECUTIONS keeps each of them for a year. */
export function isDue(last: Attempt | undefined, { quantity, pricedAtMs, nowMs }: AttemptInput): boolean {
  if (last === undefined || last.quantity !== quantity) return true;
  const hasMoved = pricedAtMs !== last.pricedAtMs;
  return nowMs - last.sentAtMs >= (hasMoved ? RETRY_MS_MIN : last.delayMs);
}

/** The attempt that begins now. The delay doubles as long as the position stays the same. */
export function nextAttempt(last: Attempt | undefined, { quantity, pricedAtMs, nowMs }: AttemptInput): Attempt {
  const delayMs = last?.quantity === quantity ? Math.min(RETRY_MS_MAX, last.delayMs * 2) : RETRY_MS_MIN;
  return { quantity, delayMs, sentAtMs: nowMs, pricedAtMs };
}
