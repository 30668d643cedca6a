/**
 * Which intents exec has answered, as a place on the bus: exec takes intents one at a time and in the order of the stream, so everything up to
 * the last one that it answered is answered. Part of the fold over order events.
 *
 * A consumer that is deleted and created again delivers every intent of a portfolio's life; the orders of old ones are forgotten, and their ids
 * too, so that the place alone tells that they were answered.
 */
import type { OrderEvent } from '@flotilla/contracts';

export interface AnsweredThrough {
  /** Of DECISIONS. */
  readonly sequence: number;
  /** When exec answered it, by its own clock. */
  readonly answeredAtMs: number;
}

/** The clocks of the bus and of exec may differ by this much. */
const CLOCK_SKEW_MS_MAX = 60_000;
const CAUSATION = /^DECISIONS:([0-9]{1,15})$/;

/** After the first event of an order: the place of the intent that caused it, if that lies further. */
export function answeredAfter(before: AnsweredThrough | undefined, event: OrderEvent): AnsweredThrough | undefined {
  const sequence = Number(CAUSATION.exec(event.causationId ?? '')?.[1] ?? 0);
  return sequence > (before?.sequence ?? 0) ? { sequence, answeredAtMs: Date.parse(event.time) } : before;
}

/** Whether an intent at this place was answered. A stream that was made anew counts from 1 again, but stores later. */
export function isAnswered(
  answered: AnsweredThrough | undefined,
  intent: { readonly sequence: number; readonly storedAtMs: number },
): boolean {
  return answered !== undefined && intent.sequence <= answered.sequence && intent.storedAtMs <= answered.answeredAtMs + CLOCK_SKEW_MS_MAX;
}
