/** The whole way of one intent through a trading core without a bus. */
import type { DenialCode, OrderIntent } from '@flotilla/contracts';
import type { CoreUnderTest } from './core-under-test.ts';

/** Denial codes in the order of the chain; none when it was accepted (then it was submitted too). */
export function send(world: CoreUnderTest, intent: OrderIntent, subjectStrategy = intent.strategy): readonly DenialCode[] {
  const { engine } = world.core;
  const decision = engine.decide(intent, { by: 'AGENT', subjectStrategy, causationId: 'DECISIONS:1', traceparent: undefined });
  if (decision.kind === 'DENIED') return decision.denials.map((denial) => denial.code);
  engine.submit(decision.order.orderId);
  return [];
}
