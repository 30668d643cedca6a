/** The fleet as rows: what each strategy saw, wanted, was refused, got, holds and earned. Pure. */
import type { ExecSnapshot } from '@flotilla/contracts';
import { addDecimals, negate } from './decimal-text.ts';
import type { FleetReports, FleetResources } from './fleet/fleet.ts';
import { formatCount, formatMoneyShort, signOf } from './format-number.ts';
import { PLAIN, type Style } from './style.ts';
import { formatTable, type Column } from './table.ts';

export interface StrategyRow {
  readonly strategy: string;
  readonly portfolio: string;
  /** Empty without the resource. */
  readonly agent: string;
  readonly state: string;
  /** Why it does not run, from the condition Ready. */
  readonly why: string;
  /** Since the agent started; undefined before its first report. */
  readonly signals: number | undefined;
  readonly intents: number | undefined;
  readonly accepted: number;
  readonly denied: number;
  readonly deniedBy: Readonly<Record<string, number>>;
  readonly fills: number;
  readonly openOrders: number;
  readonly positions: readonly { readonly instrument: string; readonly quantity: string }[];
  /** Realized and unrealized, less fees, in the portfolio's currency. */
  readonly pnl: string;
}

/** One row per Strategy, and per strategy that only exec knows of, by portfolio and name. */
export function strategyRows(resources: FleetResources, reports: FleetReports): readonly StrategyRow[] {
  const rows = new Map<string, StrategyRow>();
  for (const { metadata, spec, status } of resources.strategies) {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const row = toRow(spec.portfolioRef.name, metadata.name, reports);
    const why = ready === undefined || ready.status === 'True' ? '' : ready.message || ready.reason;
    rows.set(keyOf(row), { ...row, agent: spec.agent.builtIn, state: status?.state ?? 'Unknown', why });
  }
  for (const [portfolio, { strategies }] of reports.snapshots) {
    for (const { strategy } of strategies) {
      const row = toRow(portfolio, strategy, reports);
      if (!rows.has(keyOf(row))) rows.set(keyOf(row), row);
    }
  }
  return [...rows.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const keyOf = ({ portfolio, strategy }: StrategyRow): string => `${portfolio}/${strategy}`;

function toRow(portfolio: string, strategy: string, { snapshots, agents }: FleetReports): StrategyRow {
  const snapshot = snapshots.get(portfolio);
  const counts = snapshot?.strategies.find((each) => each.strategy === strategy);
  const status = agents.get(`${portfolio}/${strategy}`);
  const positions = positionsOf(snapshot, strategy);
  return {
    strategy,
    portfolio,
    agent: '',
    state: '',
    why: '',
    signals: status?.signalsConsumed,
    intents: status?.intentsPublished,
    accepted: counts?.accepted ?? 0,
    denied: counts?.denied ?? 0,
    deniedBy: counts?.deniedBy ?? {},
    fills: counts?.fills ?? 0,
    openOrders: counts?.openOrders ?? 0,
    positions: positions.filter(({ quantity }) => signOf(quantity) !== 0).map(({ instrument, quantity }) => ({ instrument, quantity })),
    pnl: addDecimals(positions.flatMap(({ realizedPnl, unrealizedPnl, fees }) => [realizedPnl, unrealizedPnl, negate(fees)])),
  };
}

function positionsOf(snapshot: ExecSnapshot | undefined, strategy: string): ExecSnapshot['positions'] {
  return snapshot?.positions.filter((position) => position.strategy === strategy) ?? [];
}

const COLUMNS: readonly Column[] = [
  { title: 'STRATEGY' },
  { title: 'AGENT' },
  { title: 'STATE' },
  { title: 'SIGNALS', align: 'right' },
  { title: 'INTENTS', align: 'right' },
  { title: 'DENIED', align: 'right' },
  { title: 'OPEN', align: 'right' },
  { title: 'FILLS', align: 'right' },
  { title: 'POSITION', align: 'right' },
  { title: 'P&L', align: 'right' },
  { title: 'WHY' },
];

/** The table that `flotilla status` and the demo show. */
export function formatStrategies(rows: readonly StrategyRow[], style: Style = PLAIN): string {
  return formatTable(
    COLUMNS,
    rows.map((row) => [
      row.strategy,
      row.agent || '-',
      styleState(row.state, style),
      row.signals === undefined ? '-' : formatCount(row.signals),
      row.intents === undefined ? '-' : formatCount(row.intents),
      row.denied === 0 ? '0' : style.warn(formatCount(row.denied)),
      formatCount(row.openOrders),
      formatCount(row.fills),
      row.positions.map(({ instrument, quantity }) => `${quantity} ${instrument}`).join(', ') || 'flat',
      styleAmount(row.pnl, style),
      whyOf(row),
    ]),
    style,
  );
}

/** Denials by code, the most frequent first: `POSITION_LIMIT 12, PRICE_COLLAR 1`. */
export function formatDenials(deniedBy: Readonly<Record<string, number>>): string {
  return Object.entries(deniedBy)
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([code, count]) => `${code} ${formatCount(count)}`)
    .join(', ');
}

export function styleAmount(amount: string, style: Style): string {
  const text = formatMoneyShort(amount);
  return signOf(amount) === 0 ? text : signOf(amount) > 0 ? style.good(text) : style.bad(text);
}

function whyOf(row: StrategyRow): string {
  const denials = formatDenials(row.deniedBy);
  return [row.why, denials === '' ? '' : `denied: ${denials}`].filter((part) => part !== '').join('; ');
}

function styleState(state: string, style: Style): string {
  if (state === '') return '-';
  return state === 'Running' || state === 'ACTIVE'
    ? style.good(state)
    : state === 'Starting' || state === 'Paused'
      ? style.warn(state)
      : style.bad(state);
}
