/** Open targets in, decisions out. Pure: the ids of a decision come from the signal behind it, so deciding again decides the same. */
import {
  type Envelope,
  formatQuantity,
  formatTime,
  type Instrument,
  type OrderIntent,
  type Proposal,
  proposalId,
  SCHEMA_VERSION,
} from '@flotilla/contracts';
import type { Carrier } from '@flotilla/runtime';
import { decideDirect } from '../cio/direct.ts';
import { type Holdings, isUncertain, withoutExpired } from './holdings.ts';
import type { OpenTarget, OpenTargets } from './open-target.ts';
import { type MissingOrder, orderForTarget } from './order-for-target.ts';

/** The strategy that decides, and the time of the decision. */
export interface DecisionContext {
  readonly portfolio: string;
  readonly strategy: string;
  /** Of the Strategy; undefined when none was handed out. */
  readonly strategyRevision: string | undefined;
  readonly agentKey: Uint8Array;
  readonly producer: Envelope['producer'];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface Decision {
  readonly proposal: Proposal;
  readonly intent: OrderIntent;
  /** The signal's trace. */
  readonly carrier: Carrier;
}

export interface DecisionStep {
  /** Targets that wait, because an order of the instrument may still end in several ways. */
  readonly open: OpenTargets;
  /** To publish. */
  readonly decisions: readonly Decision[];
  /** Targets of a signal so old that its order would be denied as expired: nothing is published. */
  readonly expiredCount: number;
}

/**
 * Orders the quantity that is missing to each target, once every earlier order of the instrument has ended or rests. So however the order ends, the
 * position lies between the former position and the target.
 */
export function decide(
  instruments: ReadonlyMap<string, Instrument>,
  open: OpenTargets,
  holdings: Holdings,
  context: DecisionContext,
): DecisionStep {
  const known = withoutExpired(holdings, context.nowMs);
  const held: Record<string, OpenTarget> = {};
  const decisions: Decision[] = [];
  let expiredCount = 0;
  for (const target of Object.values(open)) {
    const instrument = instruments.get(target.instrument);
    if (instrument === undefined) continue;
    if (Date.parse(target.expiresAt) <= context.nowMs) {
      expiredCount += 1;
    } else if (isUncertain(known, target.instrument)) {
      held[target.instrument] = target;
    } else {
      const order = orderForTarget(known, target.instrument, target.targetLots);
      if (order !== undefined) decisions.push(decisionOf(target, order, instrument, context));
    }
  }
  return { open: held, decisions, expiredCount };
}

function decisionOf(target: OpenTarget, order: MissingOrder, instrument: Instrument, context: DecisionContext): Decision {
  const { agentKey, nowMs, producer, portfolio, strategy, strategyRevision } = context;
  const { signalId, ordinal, carrier } = target;
  const proposal: Proposal = {
    schemaVersion: SCHEMA_VERSION,
    id: proposalId(agentKey, signalId, ordinal),
    corrId: target.corrId,
    causationId: target.causationId,
    time: formatTime(nowMs),
    producer,
    portfolio,
    strategy,
    ...(strategyRevision === undefined ? {} : { strategyRevision }),
    instrument: target.instrument,
    side: order.side,
    type: 'MARKET',
    quantity: formatQuantity(order.quantityLots, instrument),
    timeInForce: target.timeInForce,
    // exec applies reduceOnly to the whole account, and closing the position of one strategy may add to the position of the account.
    reduceOnly: false,
    targetQuantity: formatQuantity(target.targetLots, instrument),
    reason: target.reason.slice(0, 512),
    expiresAt: target.expiresAt,
  };
  return { proposal, intent: decideDirect(proposal, { agentKey, inputId: signalId, ordinal }), carrier };
}
