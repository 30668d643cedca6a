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
import type { Wishes } from './fold-signal.ts';
import type { OpenTarget } from './open-target.ts';
import { type MissingOrder, type OrderPurpose, orderForTarget } from './order-for-target.ts';
import { type StandingTarget, withoutExit } from './standing-target.ts';

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
  /** The holdings have every execution that the bus acknowledged before this time, milliseconds since the epoch. */
  readonly executionsCompleteAtMs: number;
}

export interface Decision {
  readonly proposal: Proposal;
  readonly intent: OrderIntent;
  /** The signal's trace. */
  readonly carrier: Carrier;
}

export interface DecisionStep extends Pick<Wishes, 'open' | 'standing'> {
  /** To publish. */
  readonly decisions: readonly Decision[];
  /** Targets of a signal so old that its order would be denied as expired: nothing is published. Requests for an exit do not count. */
  readonly expiredCount: number;
}

/** Whether {@link decide} has something to look at. */
export function isWaiting({ open, standing }: Pick<Wishes, 'open' | 'standing'>): boolean {
  return Object.keys(open).length > 0 || Object.values(standing).some(({ exit }) => exit !== undefined);
}

/**
 * Orders the quantity that is missing to each target, once every earlier order of the instrument has ended or rests. So however the order ends, the
 * position lies between the former position and the target. Then orders the exits that are asked for again, of instruments without an open target.
 */
export function decide(
  instruments: ReadonlyMap<string, Instrument>,
  { open, standing }: Pick<Wishes, 'open' | 'standing'>,
  holdings: Holdings,
  context: DecisionContext,
): DecisionStep {
  const known = withoutExpired(holdings, context.executionsCompleteAtMs);
  const waiting: Record<string, OpenTarget> = {};
  const stands: Record<string, StandingTarget> = { ...standing };
  const decisions: Decision[] = [];
  let expiredCount = 0;
  for (const target of Object.values(open)) {
    const verdict = judge(instruments, known, target, 'Open', context);
    if (verdict === 'EXPIRED') expiredCount += 1;
    else if (verdict === 'WAIT') waiting[target.instrument] = target;
    else if (verdict !== 'NONE') decisions.push(verdict);
  }
  for (const [symbol, target] of Object.entries(standing)) {
    if (target.exit === undefined || symbol in open) continue;
    const again = { ...target, ...target.exit, reason: `exit again: ${target.reason}` };
    const verdict = judge(instruments, known, again, 'Exit', context);
    if (verdict !== 'WAIT') stands[symbol] = withoutExit(target);
    if (typeof verdict === 'object') decisions.push(verdict);
  }
  return { open: waiting, standing: stands, decisions, expiredCount };
}

/** WAIT: an order of the instrument may still end in several ways, or has to fill first. */
function judge(
  instruments: ReadonlyMap<string, Instrument>,
  known: Holdings,
  target: OpenTarget,
  purpose: OrderPurpose,
  context: DecisionContext,
): Decision | 'NONE' | 'WAIT' | 'EXPIRED' {
  const instrument = instruments.get(target.instrument);
  if (instrument === undefined) return 'NONE';
  if (Date.parse(target.expiresAt) <= context.nowMs) return 'EXPIRED';
  if (isUncertain(known, target.instrument)) return 'WAIT';
  const next = orderForTarget(known, target, purpose);
  return next.kind === 'ORDER' ? decisionOf(target, next, instrument, context) : next.kind;
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
    targetQuantity: formatQuantity(order.goalLots, instrument),
    reason: target.reason.slice(0, 512),
    expiresAt: target.expiresAt,
  };
  return { proposal, intent: decideDirect(proposal, { agentKey, inputId: signalId, ordinal }), carrier };
}
