/** The portfolios of a fleet as rows and as a table. Pure. */
import type { FleetReports, FleetResources } from '../fleet/fleet.ts';
import { orDash, styleAmount } from './strategy-rows.ts';
import { formatMoneyShort } from '../print/format-number.ts';
import type { Style } from '../print/style.ts';
import { formatTable } from '../print/table.ts';

export interface PortfolioRow {
  readonly portfolio: string;
  /** As exec reports it; UNKNOWN when exec does not answer. */
  readonly tradingState: string;
  readonly why: string;
  readonly baseCurrency: string;
  /** Null, like all amounts, when exec does not answer. */
  readonly equity: string | null;
  readonly cash: string | null;
  readonly realizedPnl: string | null;
  readonly unrealizedPnl: string | null;
  readonly fees: string | null;
}

/** One row per Portfolio, and per portfolio that only exec knows of. */
export function portfolioRows(resources: FleetResources, reports: FleetReports): readonly PortfolioRow[] {
  const names = new Set([...resources.portfolios.map(({ metadata }) => metadata.name), ...reports.snapshots.keys()]);
  return [...names].toSorted().map((portfolio) => {
    const resource = resources.portfolios.find(({ metadata }) => metadata.name === portfolio);
    const snapshot = reports.snapshots.get(portfolio);
    const ready = resource?.status?.conditions?.find(({ type }) => type === 'Ready');
    const notReady = ready === undefined || ready.status === 'True' ? '' : ready.message || ready.reason;
    return {
      portfolio,
      tradingState: snapshot?.tradingState ?? 'UNKNOWN',
      why: notReady || resource?.status?.tradingReason || (snapshot === undefined ? 'exec gave no report' : ''),
      baseCurrency: snapshot?.baseCurrency ?? resource?.spec.baseCurrency ?? '',
      equity: snapshot?.equity ?? null,
      cash: snapshot?.cash ?? null,
      realizedPnl: snapshot?.realizedPnl ?? null,
      unrealizedPnl: snapshot?.unrealizedPnl ?? null,
      fees: snapshot?.fees ?? null,
    };
  });
}

export function formatPortfolios(rows: readonly PortfolioRow[], style: Style): string {
  const amount = (value: string | null) => orDash(value, formatMoneyShort);
  const signed = (value: string | null) => orDash(value, (known) => styleAmount(known, style));
  return formatTable(
    [
      { title: 'PORTFOLIO' },
      { title: 'STATE' },
      { title: 'EQUITY', align: 'right' },
      { title: 'CASH', align: 'right' },
      { title: 'REALIZED', align: 'right' },
      { title: 'UNREALIZED', align: 'right' },
      { title: 'FEES', align: 'right' },
      { title: '' },
      { title: 'WHY' },
    ],
    rows.map((row) => [
      row.portfolio,
      row.tradingState === 'ACTIVE' ? style.good(row.tradingState) : style.bad(row.tradingState),
      amount(row.equity),
      amount(row.cash),
      signed(row.realizedPnl),
      signed(row.unrealizedPnl),
      amount(row.fees),
      row.baseCurrency,
      row.why,
    ]),
    style,
  );
}
