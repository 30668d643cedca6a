/**
 * One intent: recorded, then sent.
 *
 * ACCEPTED is stored before the venue hears of the order. What the venue reports is stored without waiting for it here: if a crash loses
 * it, the order is ACCEPTED with an unknown outcome, which a restart resolves.
 */
import { type Delivery, HEADERS, type OrderIntent, subjectTokens } from '@flotilla/contracts';
import type { HandleContext } from '@flotilla/runtime';
import type { Engine } from '../engine/engine.ts';
import type { ExecMetrics } from './exec-metrics.ts';

export interface IntentHandlerOptions {
  readonly engine: Engine;
  readonly metrics: ExecMetrics;
  /** An order was refused because the gate is closed. */
  readonly onRefused: () => void;
  readonly isGateClosed: () => boolean;
  /** Makes sure that what is known of the halt is recent, if it can. */
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
