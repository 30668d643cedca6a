/**
 * Handles one intent: records the decision, then sends the order.
 *
 * The stream stores ACCEPTED before the venue receives the order. The handler does not wait until the reports of the venue are stored. If a crash
 * loses a report, the order is ACCEPTED with an unknown outcome, and a restart resolves the outcome.
 */
import { type Delivery, HEADERS, type OrderIntent, subjectTokens } from '@flotilla/contracts';
import type { HandleContext } from '@flotilla/runtime';
import type { Engine } from '../engine/engine.ts';
import type { ExecMetrics } from './exec-metrics.ts';

export interface IntentHandlerOptions {
  readonly engine: Engine;
  readonly metrics: ExecMetrics;
  /** Called when an order was denied or not sent because the gate is closed. */
  readonly onRefused: () => void;
  readonly isGateClosed: () => boolean;
  /** Looks at the halt record again if the last look is too old; resolves also when the look fails. */
  readonly freshenControl: () => Promise<void>;
}

export type HandleIntent = (intent: OrderIntent, delivery: Delivery, context: HandleContext) => Promise<readonly []>;

export function makeIntentHandler(options: IntentHandlerOptions): HandleIntent {
  const { engine, metrics, onRefused, isGateClosed, freshenControl } = options;
  return async (intent, delivery, context) => {
    const [, subjectStrategy = intent.strategy] = subjectTokens(delivery.subject, 'decisions.order_intent') ?? [];
    if (engine.wasAnswered(intent, delivery)) {
      metrics.onIntent('ANSWERED');
      context.logger.debug({ intent: intent.id, sequence: delivery.sequence }, 'intent was answered before');
      return [];
    }
    await freshenControl();
    const decision = engine.decide(intent, {
      by: 'AGENT',
      subjectStrategy,
      causationId: `${delivery.stream}:${delivery.sequence}`,
      traceparent: context.carrier[HEADERS.traceparent],
    });
    metrics.onIntent(decision.kind);
    switch (decision.kind) {
      case 'DENIED':
        if (isGateClosed()) onRefused();
        context.logger.info({ intent: intent.id, denials: decision.denials }, 'intent denied');
        await decision.written;
        return [];
      case 'ACCEPTED':
        await decision.written;
        break;
      case 'DUPLICATE':
        context.logger.debug({ intent: intent.id, status: decision.order.status }, 'intent is known');
        break;
    }
    await freshenControl();
    if (engine.submit(decision.order.orderId)?.kind === 'REFUSED') onRefused();
    return [];
  };
}
