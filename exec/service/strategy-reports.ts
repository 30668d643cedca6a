/** The report about each strategy for STATUS, from the fold and the configuration. Pure. */
import { REPORTED_INSTRUMENTS_MAX, REPORTED_STRATEGIES_MAX, type StrategyReport } from '@flotilla/contracts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { ExecState } from '../state/exec-state.ts';

interface Holdings {
  openOrders: number;
  openPositions: number;
  readonly instruments: Set<string>;
}

const NOTHING: Holdings = { openOrders: 0, openPositions: 0, instruments: new Set() };

/** Strategies of the configuration first, then other strategies that still have an order or a position. */
export function strategyReports(
  state: ExecState,
  config: ActiveConfig,
  more: (strategy: string) => Pick<StrategyReport, 'halt' | 'flatten'>,
): readonly StrategyReport[] {
  const holdings = holdingsOf(state);
  const gone = [...holdings.keys()].filter((name) => !config.strategies.has(name)).sort();
  const reports: StrategyReport[] = [];
  for (const { name, revision, desiredState, mode } of config.strategies.values()) {
    const problem = config.strategyProblems.get(name);
    reports.push({
      name,
      ...(revision === undefined ? {} : { revision }),
      desiredState,
      ...(mode === undefined ? {} : { mode }),
      ...(problem === undefined ? {} : { problem }),
      ...held(holdings.get(name)),
      ...more(name),
    });
  }
  for (const name of gone) reports.push({ name, desiredState: 'Halted', ...held(holdings.get(name)) });
  return reports.slice(0, REPORTED_STRATEGIES_MAX);
}

function held({ openOrders, openPositions, instruments }: Holdings = NOTHING): Pick<
  StrategyReport,
  'openOrders' | 'openPositions' | 'instruments'
> {
  const names = [...instruments].sort().slice(0, REPORTED_INSTRUMENTS_MAX);
  return { openOrders, openPositions, ...(names.length === 0 ? {} : { instruments: names }) };
}

function holdingsOf({ orders, ledger }: ExecState): ReadonlyMap<string, Holdings> {
  const all = new Map<string, Holdings>();
  const of = (strategy: string): Holdings => {
    const known = all.get(strategy) ?? { openOrders: 0, openPositions: 0, instruments: new Set() };
    all.set(strategy, known);
    return known;
  };
  for (const { strategy, instrument } of orders.open.values()) {
    const holdings = of(strategy);
    holdings.openOrders += 1;
    holdings.instruments.add(instrument);
  }
  for (const { strategy, instrument, position } of ledger.entries.values()) {
    if (position.quantity === 0n) continue;
    const holdings = of(strategy);
    holdings.openPositions += 1;
    holdings.instruments.add(instrument);
  }
  return all;
}
