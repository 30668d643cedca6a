/** `flotilla positions`. */
import type { ExecSnapshot } from '@flotilla/contracts';
import { CliError } from '../cli-error.ts';
import { withBus } from '../cluster/connect.ts';
import { findPortfolios, readSnapshot } from '../fleet/read-reports.ts';
import { styleAmount } from '../fleet-view.ts';
import { formatMoneyShort, signOf } from '../format-number.ts';
import { printJson, type Session } from '../session.ts';
import { formatTable } from '../table.ts';

/** Asks exec of each portfolio, so it shows the ledger itself. @throws CliError when one does not answer. */
export async function showPositions(session: Session, options: { readonly portfolio?: string }): Promise<void> {
  const snapshots = await withBus(session.context, async (bus) => {
    const portfolios = options.portfolio === undefined ? await findPortfolios(bus) : [options.portfolio];
    return Promise.all(
      portfolios.map(async (portfolio) => {
        const snapshot = await readSnapshot(bus, portfolio);
        if (snapshot !== undefined) return snapshot;
        throw new CliError(`exec of portfolio ${portfolio} does not answer`, {
          hint: `See why with: kubectl describe portfolio ${portfolio}`,
        });
      }),
    );
  });
  if (session.output === 'json') printJson(session, snapshots);
  else if (snapshots.length === 0) session.terminal.print('No portfolio has traded yet.');
  else session.terminal.print(snapshots.map((snapshot) => formatPositions(snapshot, session)).join('\n\n'));
}

function formatPositions(snapshot: ExecSnapshot, { terminal: { style } }: Session): string {
  const money = `equity ${formatMoneyShort(snapshot.equity)}, cash ${formatMoneyShort(snapshot.cash)} ${snapshot.baseCurrency}`;
  const title = `${style.bold(snapshot.portfolio)} ${snapshot.tradingState}: ${money}`;
  if (snapshot.positions.length === 0) return `${title}\nNo positions.`;
  const rows = snapshot.positions.map((position) => [
    position.strategy,
    position.instrument,
    signOf(position.quantity) === 0 ? 'flat' : position.quantity,
    position.averagePrice ?? '-',
    position.marketPrice ?? '-',
    styleAmount(position.realizedPnl, style),
    styleAmount(position.unrealizedPnl, style),
    formatMoneyShort(position.fees),
  ]);
  const columns = [
    { title: 'STRATEGY' },
    { title: 'INSTRUMENT' },
    ...['QUANTITY', 'AVERAGE', 'MARKET', 'REALIZED', 'UNREALIZED', 'FEES'].map((name) => ({ title: name, align: 'right' as const })),
  ];
  return `${title}\n${formatTable(columns, rows, style)}`;
}
