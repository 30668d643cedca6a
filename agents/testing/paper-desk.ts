/** One agent and a small venue in memory, for tests of what a user is left with: orders, position and P&L after some signals. */
import { type InstrumentDefinition, makeInstrument, type NormalizedSignal } from '@flotilla/contracts';
import type { BuiltInAgent } from '@flotilla/contracts/resources/agent-parameters.ts';
import { bindStrategy } from '../runner/bound-strategy.ts';
import { decide, type DecisionContext } from '../runner/decide.ts';
import { foldSignal, type Wishes } from '../runner/fold-signal.ts';
import { type Holdings, NO_HOLDINGS, withIntent, withOrderEvent } from '../runner/holdings.ts';
import { PaperMarket } from './paper-market.ts';

const CONTEXT: Omit<DecisionContext, 'nowMs' | 'executionsCompleteAtMs'> = {
  portfolio: 'main',
  strategy: 'desk',
  strategyRevision: undefined,
  agentKey: new Uint8Array(32).fill(7),
  producer: { service: 'agents', revision: 'test' },
};

export interface PaperDesk {
  /** Folds the signal, lets the market fill what it can, and decides again as long as orders come of it. */
  feed(signal: NormalizedSignal): void;
  readonly market: PaperMarket;
  /** In the order of the decisions, for example `SELL 2 IOC`. */
  readonly orders: readonly string[];
}

export function openPaperDesk(agent: BuiltInAgent, parameters: object, definition: InstrumentDefinition): PaperDesk {
  const bound = bindStrategy(agent, parameters, [definition]);
  const instrument = makeInstrument(definition);
  let wishes: Wishes = { state: bound.initial, open: {}, standing: {} };
  let holdings: Holdings = NO_HOLDINGS;
  let sequence = 0;
  const orders: string[] = [];
  const market = new PaperMarket(instrument, (event) => {
    holdings = withOrderEvent(holdings, event, instrument);
  });

  function decideOnce(nowMs: number): boolean {
    const { decisions, open, standing } = decide(bound.instruments, wishes, holdings, { ...CONTEXT, nowMs, executionsCompleteAtMs: nowMs });
    wishes = { ...wishes, open, standing };
    for (const { intent } of decisions) {
      orders.push(`${intent.side} ${intent.quantity} ${intent.timeInForce}`);
      holdings = withIntent(holdings, intent, instrument);
      market.send(intent);
    }
    return decisions.length > 0;
  }

  return {
    orders,
    market,
    feed(signal) {
      sequence += 1;
      wishes = foldSignal(bound, wishes, signal, { stream: 'SIGNALS', sequence, carrier: {} }, new Map()).wishes;
      const nowMs = Date.parse(signal.time);
      if (signal.kind === 'bar') market.show(signal.close, signal.volume);
      // The agent decides before the market has filled what rests, and again when the agent hears of the fills.
      decideOnce(nowMs);
      market.matchResting();
      while (decideOnce(nowMs));
    },
  };
}
