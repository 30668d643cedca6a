/**
 * The synchronous heart of exec: intents and venue reports in, events out.
 *
 * Each part is a file: `decide-intent.ts`, `submit-order.ts` and `book-report.ts`. All of them change exec's state through `recorder.ts`.
 */
import type { OrderIntent } from '@flotilla/contracts';
import type { Submission } from '../gate/submit-through-gate.ts';
import { isTerminal } from '../orders/order.ts';
import { isAnswered } from '../state/answered-intents.ts';
import type { VenueReport } from '../venues/venue.ts';
import { bookReport } from './book-report.ts';
import { decideIntent, type Decision } from './decide-intent.ts';
import type { EngineOptions } from './engine-options.ts';
import { type IntentOrigin, orderIdOf } from './execution-events.ts';
import { makeRecorder } from './recorder.ts';
import { isOpenReduction } from './reductions.ts';
import { submitOrder } from './submit-order.ts';

export interface Engine {
  /** Whether the intent at this place on the bus was answered and its order is forgotten: then nothing is left to do for the intent. */
  wasAnswered(intent: OrderIntent, place: { readonly sequence: number; readonly storedAtMs: number }): boolean;
  decide(intent: OrderIntent, origin: IntentOrigin): Decision;
  /** Checks the gate and hands the order to the venue in one turn. Does nothing for an order that does not wait for submission. */
  submit(orderId: string): Submission | undefined;
  /** The venue calls this function with each report. */
  onReport(report: VenueReport): void;
  /** Whether an open order brings its position nearer to zero, whatever other open orders fill. */
  isReduction(orderId: string): boolean;
  /** Ends an order that the venue does not hold. */
  end(orderId: string, status: 'FILLED' | 'PARTIALLY_FILLED' | 'EXPIRED' | 'CANCELLED', reason?: string): void;
}

export function makeEngine(options: EngineOptions): Engine {
  const { source, state } = options;
  const handedOver = new Set<string>();
  const recorder = makeRecorder(options, (orderId) => void handedOver.delete(orderId));
  return {
    wasAnswered: (intent, place) =>
      !state.orders.orders.has(orderIdOf(source.portfolio, intent, { by: 'AGENT' })) && isAnswered(state.answered, place),
    decide: (intent, origin) => decideIntent(intent, origin, options, recorder),
    submit: (orderId) => submitOrder(orderId, handedOver, options, recorder),
    onReport: (report) => bookReport(report, options, recorder),
    isReduction(orderId) {
      const order = state.orders.orders.get(orderId);
      return order !== undefined && isOpenReduction(state, order);
    },
    end(orderId, status, reason) {
      const order = state.orders.orders.get(orderId);
      if (order !== undefined && !isTerminal(order.status)) recorder.recordStatus(order, status, reason);
    },
  };
}
