/** Takes one intent the whole way through a trading core without a bus. */
import type { DenialCode, OrderIntent } from '@flotilla/contracts';
import type { CoreUnderTest } from './core-under-test.ts';

/** Returns the denial codes in the order of the chain. An empty list means that the order was accepted and submitted. */
export function send(world: CoreUnderTest, intent: OrderIntent, subjectStrategy = intent.strategy): readonly DenialCode[] {
  const { engine } = world.core;
  const decision = engine.decide(intent, { by: 'AGENT', subjectStrategy, causationId: 'DECISIONS:1', traceparent: undefined });
  if (decision.kind === 'DENIED') return decision.denials.map((denial) => denial.code);
  engine.submit(decision.order.orderId);
  return [];
}
