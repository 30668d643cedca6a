/** One signal in, decisions out. Pure: the ids of the decisions come from the signal, so deciding again decides the same. */
import {
  formatQuantity,
  orderIntentId,
  proposalId,
  SCHEMA_VERSION,
  type Envelope,
  type Instrument,
  type NormalizedSignal,
  type OrderIntent,
  type Proposal,
} from '@flotilla/contracts';
import { decideDirect } from '../cio/direct.ts';
import type { Target } from '../strategies/strategy.ts';
import type { BoundStrategy } from './bound-strategy.ts';
import { withIntent, withoutExpired, type Exposure } from './exposure.ts';
import { orderForTarget } from './order-for-target.ts';

/** Who decides, and when; the same for every decision about one signal. */
export interface DecisionContext {
  readonly portfolio: string;
  readonly strategy: string;
  readonly agentKey: Uint8Array;
  readonly producer: Envelope['producer'];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** `STREAM:sequence` of the signal. */
  readonly causationId: string;
  /** Decisions about later signals than the checkpoint that reached the bus before a restart, by intent id: they stand as they are. */
  readonly published: ReadonlyMap<string, OrderIntent>;
}

export interface Decision {
  readonly proposal: Proposal;
  readonly intent: OrderIntent;
}

export interface DecisionStep {
  readonly state: unknown;
  /** To publish. */
  readonly decisions: readonly Decision[];
  /** Of the decisions, and those that were published before a restart: they count from now on. */
  readonly intents: readonly OrderIntent[];
  /** Targets of a signal so old that its order would be denied as expired: nothing is published. */
  readonly expiredCount: number;
}

/** @throws FlotillaError of class `terminal` for a signal that makes no sense to the strategy. */
export function decide(
  bound: BoundStrategy,
  state: unknown,
  exposure: Exposure,
  signal: NormalizedSignal,
  context: DecisionContext,
): DecisionStep {
  const step = bound.onSignal(state, signal);
  const decisions: Decision[] = [];
  const intents: OrderIntent[] = [];
  const isExpired = Date.parse(expiryOf(signal, bound.orderTtlMs)) <= context.nowMs;
  let expected = step.targets.length === 0 ? exposure : withoutExpired(exposure, context.nowMs);
  for (const [ordinal, target] of step.targets.entries()) {
    const instrument = bound.instruments.get(target.instrument);
    if (instrument === undefined) continue;
    const published = context.published.get(orderIntentId(context.agentKey, signal.id, ordinal));
    const decision =
      published === undefined && !isExpired ? decideTarget(expected, target, instrument, ordinal, signal, bound, context) : undefined;
    if (decision !== undefined) decisions.push(decision);
    const intent = published ?? decision?.intent;
    if (intent === undefined) continue;
    intents.push(intent);
    expected = withIntent(expected, intent, instrument);
  }
  return { state: step.state, decisions, intents, expiredCount: isExpired ? step.targets.length : 0 };
}

function decideTarget(
  exposure: Exposure,
  target: Target,
  instrument: Instrument,
  ordinal: number,
  signal: NormalizedSignal,
  bound: BoundStrategy,
  context: DecisionContext,
): Decision | undefined {
  const order = orderForTarget(exposure, target.instrument, target.targetLots);
  if (order === undefined) return undefined;
  const proposal: Proposal = {
    schemaVersion: SCHEMA_VERSION,
    id: proposalId(context.agentKey, signal.id, ordinal),
    corrId: signal.corrId,
    causationId: context.causationId,
    time: new Date(context.nowMs).toISOString(),
    producer: context.producer,
    portfolio: context.portfolio,
    strategy: context.strategy,
    instrument: target.instrument,
    side: order.side,
    type: 'MARKET',
    quantity: formatQuantity(order.quantityLots, instrument),
    timeInForce: target.timeInForce,
    // exec means the whole account by it, and closing one strategy's position may add to the account's.
    reduceOnly: false,
    targetQuantity: formatQuantity(target.targetLots, instrument),
    reason: target.reason.slice(0, 512),
    expiresAt: expiryOf(signal, bound.orderTtlMs),
  };
  return { proposal, intent: decideDirect(proposal, { agentKey: context.agentKey, inputId: signal.id, ordinal }) };
}

/** Counted from the signal, not from now: a decision made late does not live longer. */
function expiryOf(signal: NormalizedSignal, orderTtlMs: number): string {
  return new Date(Date.parse(signal.time) + orderTtlMs).toISOString();
}
