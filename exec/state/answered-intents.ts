/**
 * The intents that exec has answered, as a place on the bus. exec takes intents one at a time and in the order of the stream, so all intents up to
 * the last answered one are answered. Part of the fold over order events.
 *
 * A consumer that is deleted and created again delivers every intent in the life of a portfolio. exec has forgotten the orders and ids of old
 * intents, so only their place tells that exec has answered them.
 */
import type { OrderEvent } from '@flotilla/contracts';

export interface AnsweredThrough {
  /** Sequence of the intent in DECISIONS. */
  readonly sequence: number;
  /** Time of the answer, by exec's own clock. */
  readonly answeredAtMs: number;
}

/** Bound on the difference between the clocks of the bus and of exec. */
const CLOCK_SKEW_MS_MAX = 60_000;
const CAUSATION = /^DECISIONS:([0-9]{1,15})$/;

/** The place after the first event of an order: that of the order's intent, if it lies further. */
export function answeredAfter(before: AnsweredThrough | undefined, event: OrderEvent): AnsweredThrough | undefined {
  const sequence = Number(CAUSATION.exec(event.causationId ?? '')?.[1] ?? 0);
  return sequence > (before?.sequence ?? 0) ? { sequence, answeredAtMs: Date.parse(event.time) } : before;
}

/** Whether the intent at this place was answered. A stream that was made anew counts from 1 again, but stores its messages later. */
export function isAnswered(
  answered: AnsweredThrough | undefined,
  intent: { readonly sequence: number; readonly storedAtMs: number },
): boolean {
  return answered !== undefined && intent.sequence <= answered.sequence && intent.storedAtMs <= answered.answeredAtMs + CLOCK_SKEW_MS_MAX;
}
