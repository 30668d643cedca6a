/** Metrics of an agent process. They begin at zero with each process, as Prometheus expects; the status counts over the life of the agent. */
import type { NormalizedSignal } from '@flotilla/contracts';
import type { Metrics } from '@flotilla/runtime';
import type { DecisionStep } from './decide.ts';
import type { FoldedSignal } from './fold-signal.ts';

export interface AgentMetrics {
  signalFolded(signal: NormalizedSignal, folded: FoldedSignal): void;
  decided(step: DecisionStep): void;
}

export function makeAgentMetrics(metrics: Metrics): AgentMetrics {
  const signalsConsumed = metrics.counter('agents_signals_consumed_total', 'Signals folded, by kind', ['kind']);
  const intentsPublished = metrics.counter('agents_intents_published_total', 'Order intents published', ['instrument']);
  const targetsExpired = metrics.counter('agents_targets_expired_total', 'Targets of signals too old to trade on', []);
  const pricesUnusable = metrics.counter('agents_prices_unusable_total', 'Prices that neither the strategy nor exec can use', [
    'instrument',
  ]);
  return {
    signalFolded({ kind, instrument }, { difficulty }) {
      signalsConsumed.inc({ kind });
      if (difficulty?.kind === 'PriceUnusable') pricesUnusable.inc({ instrument });
    },
    decided({ decisions, expiredCount }) {
      if (expiredCount > 0) targetsExpired.inc(expiredCount);
      for (const { intent } of decisions) intentsPublished.inc({ instrument: intent.instrument });
    },
  };
}
