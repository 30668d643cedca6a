/** Portfolios, sources and halts as rows. Pure. */
import type { FleetReports, FleetResources } from './fleet/fleet.ts';
import { styleAmount } from './fleet-view.ts';
import { formatMoneyShort } from './format-number.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';

export interface PortfolioRow {
  readonly portfolio: string;
  /** What exec says; UNKNOWN when it does not answer. */
  readonly tradingState: string;
  readonly why: string;
  readonly baseCurrency: string;
  /** All undefined when exec does not answer. */
  readonly equity: string | undefined;
  readonly cash: string | undefined;
  readonly realizedPnl: string | undefined;
  readonly unrealizedPnl: string | undefined;
  readonly fees: string | undefined;
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
      why: notReady || resource?.status?.tradingReason || (snapshot === undefined ? 'exec does not answer' : ''),
      baseCurrency: snapshot?.baseCurrency ?? resource?.spec.baseCurrency ?? '',
      equity: snapshot?.equity,
      cash: snapshot?.cash,
      realizedPnl: snapshot?.realizedPnl,
      unrealizedPnl: snapshot?.unrealizedPnl,
      fees: snapshot?.fees,
    };
  });
}

export function formatPortfolios(rows: readonly PortfolioRow[], style: Style): string {
  const amount = (value: string | undefined) => (value === undefined ? '-' : formatMoneyShort(value));
  const signed = (value: string | undefined) => (value === undefined ? '-' : styleAmount(value, style));
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

export interface SourceRow {
  readonly source: string;
  readonly scheme: string;
  readonly ready: boolean;
  readonly path: string;
  readonly why: string;
}

export function sourceRows({ signalSources }: FleetResources): readonly SourceRow[] {
  return signalSources.map(({ metadata, spec, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    return {
      source: metadata.name,
      scheme: spec.scheme,
      ready: ready?.status === 'True',
      path: status?.path ?? '',
      why: ready?.status === 'True' ? '' : (ready?.message ?? 'no operator has looked at it yet'),
    };
  });
}

export function formatSources(rows: readonly SourceRow[], style: Style): string {
  return formatTable(
    [{ title: 'SOURCE' }, { title: 'SCHEME' }, { title: 'READY' }, { title: 'PATH' }, { title: 'WHY' }],
    rows.map(({ source, scheme, ready, path, why }) => [source, scheme, ready ? style.good('True') : style.bad('False'), path || '-', why]),
    style,
  );
}

export interface HaltRow {
  readonly killSwitch: string;
  readonly scope: string;
  readonly mode: string;
  readonly state: string;
  readonly reason: string;
}

export function haltRows({ killSwitches }: FleetResources): readonly HaltRow[] {
  return killSwitches.map(({ metadata, spec, status }) => ({
    killSwitch: metadata.name,
    scope: status?.scope ?? spec.scope.type,
    mode: spec.mode,
    state: status?.state ?? 'Engaging',
    reason: spec.reason,
  }));
}

export function formatHalts(rows: readonly HaltRow[], style: Style): string {
  return formatTable(
    [{ title: 'KILLSWITCH' }, { title: 'SCOPE' }, { title: 'MODE' }, { title: 'STATE' }, { title: 'REASON' }],
    rows.map(({ killSwitch, scope, mode, state, reason }) => [style.bad(killSwitch), scope, mode, state, reason]),
    style,
  );
}
