/** `flotilla positions`: the ledger of each portfolio, as exec has it. */
import type { ExecSnapshot } from '@flotilla/contracts';
import { withBus } from '../cluster/connect.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { findPortfolios } from '../fleet/read-reports.ts';
import { readSnapshot, type SnapshotAnswer } from '../fleet/read-snapshot.ts';
import { formatMoneyShort, signOf } from '../print/format-number.ts';
import { formatTable } from '../print/table.ts';
import { CliError } from '../session/cli-error.ts';
import { printJson, type Session } from '../session/session.ts';
import { styleAmount } from '../view/strategy-rows.ts';

type Answer = SnapshotAnswer & { readonly portfolio: string };

/**
 * Asks exec of each portfolio that ever had an exec, and shows every ledger that is known.
 *
 * @throws CliError `INCOMPLETE` when the ledger of a portfolio is not known, `FAILED` when none is.
 */
export async function showPositions(session: Session, options: { readonly portfolio?: string }): Promise<void> {
  const answers = await withBus(session.context, async (bus) => {
    const portfolios = options.portfolio === undefined ? await findPortfolios(bus) : [options.portfolio];
    return Promise.all(portfolios.map(async (portfolio): Promise<Answer> => ({ portfolio, ...(await readSnapshot(bus, portfolio)) })));
  });
  const snapshots = answers.flatMap(({ snapshot }) => snapshot ?? []);
  if (session.output === 'json') printJson(session, answers.map(toJson));
  else if (answers.length === 0) session.terminal.print('No portfolio has traded yet.');
  else if (snapshots.length > 0) session.terminal.print(snapshots.map((snapshot) => formatPositions(snapshot, session)).join('\n\n'));
  const missing = answers.filter(({ problem }) => problem !== undefined);
  if (missing.length === 0) return;
  throw new CliError(`the positions are incomplete: ${missing.map(({ problem }) => problem).join('; ')}`, {
    hint: `See why with: kubectl describe portfolio ${missing[0]?.portfolio}. A deleted portfolio has no exec: leave it out with --portfolio <name>.`,
    exitCode: snapshots.length === 0 ? EXIT_CODES.FAILED : EXIT_CODES.INCOMPLETE,
  });
}

/** Null for every value of a ledger that is not known. */
function toJson({ portfolio, snapshot, problem }: Answer): object {
  if (snapshot !== undefined) return snapshot;
  const amounts = { cash: null, equity: null, realizedPnl: null, unrealizedPnl: null, fees: null };
  return { portfolio, tradingState: 'UNKNOWN', ...amounts, positions: null, strategies: null, problem };
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
