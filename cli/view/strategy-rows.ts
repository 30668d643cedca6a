/** The strategies of a fleet as rows and as a table: what each saw, wanted, was denied, got, holds and earned. Pure. */
import type { ExecSnapshot } from '@flotilla/contracts';
import { addDecimals, negateDecimal } from '@flotilla/contracts/money/decimal.ts';
import type { FleetReports, FleetResources } from '../fleet/fleet.ts';
import { formatCount, formatMoneyShort, signOf } from '../print/format-number.ts';
import { PLAIN, type Style } from '../print/style.ts';
import { type Column, formatTable } from '../print/table.ts';

/** Null wherever the value is not known, because exec or the agent gave no report: never zero. */
export interface StrategyRow {
  readonly strategy: string;
  readonly portfolio: string;
  /** Empty without the resource. */
  readonly agent: string;
  readonly state: string;
  /** Why the strategy does not run, from the condition Ready. */
  readonly why: string;
  /** Signals that the agent has read over the life of the strategy. */
  readonly signals: number | null;
  /** Order intents that exec has judged: accepted and denied ones. */
  readonly intents: number | null;
  readonly accepted: number | null;
  readonly denied: number | null;
  readonly deniedBy: Readonly<Record<string, number>> | null;
  readonly fills: number | null;
  readonly openOrders: number | null;
  readonly positions: readonly { readonly instrument: string; readonly quantity: string }[] | null;
  /** Realized and unrealized P&L, less fees, in the portfolio's currency. */
  readonly pnl: string | null;
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
  const signals = agents.get(`${portfolio}/${strategy}`)?.signalsConsumed ?? null;
  const named = { strategy, portfolio, agent: '', state: '', why: '', signals };
  const snapshot = snapshots.get(portfolio);
  if (snapshot === undefined) return { ...named, ...UNKNOWN };
  // exec has answered and does not list the strategy: exec has had no order of the strategy.
  const counts = snapshot.strategies.find((each) => each.strategy === strategy) ?? NO_ORDERS;
  const { accepted, denied, deniedBy, fills, openOrders } = counts;
  const held = snapshot.positions.filter((position) => position.strategy === strategy);
  return {
    ...named,
    intents: accepted + denied,
    accepted,
    denied,
    deniedBy,
    fills,
    openOrders,
    positions: held.filter(({ quantity }) => signOf(quantity) !== 0).map(({ instrument, quantity }) => ({ instrument, quantity })),
    pnl: pnlOf(counts, held),
  };
}

const NO_ORDERS: ExecSnapshot['strategies'][number] = { strategy: '', accepted: 0, denied: 0, deniedBy: {}, fills: 0, openOrders: 0 };
const UNKNOWN = {
  intents: null,
  accepted: null,
  denied: null,
  deniedBy: null,
  fills: null,
  openOrders: null,
  positions: null,
  pnl: null,
} as const;

/** exec lists only open positions, so what closed positions earned comes from the strategy's own totals; an older exec lists all positions instead. */
function pnlOf({ realizedPnl, fees }: ExecSnapshot['strategies'][number], held: ExecSnapshot['positions']): string {
  const unrealized = held.map((position) => position.unrealizedPnl);
  if (realizedPnl !== undefined && fees !== undefined) return addDecimals([realizedPnl, negateDecimal(fees), ...unrealized]);
  return addDecimals([...unrealized, ...held.flatMap((position) => [position.realizedPnl, negateDecimal(position.fees)])]);
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
      orDash(row.signals, formatCount),
      orDash(row.intents, formatCount),
      orDash(row.denied, (denied) => (denied === 0 ? '0' : style.warn(formatCount(denied)))),
      orDash(row.openOrders, formatCount),
      orDash(row.fills, formatCount),
      orDash(row.positions, (positions) => positions.map(({ instrument, quantity }) => `${quantity} ${instrument}`).join(', ') || 'flat'),
      orDash(row.pnl, (pnl) => styleAmount(pnl, style)),
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

/** A dash for a value that is not known. */
export function orDash<T>(value: T | null, format: (value: T) => string): string {
  return value === null ? '-' : format(value);
}

export function styleAmount(amount: string, style: Style): string {
  const text = formatMoneyShort(amount);
  return signOf(amount) === 0 ? text : signOf(amount) > 0 ? style.good(text) : style.bad(text);
}

function whyOf(row: StrategyRow): string {
  const denials = formatDenials(row.deniedBy ?? {});
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
