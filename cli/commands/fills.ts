/** `flotilla fills`: the fills that the bus holds, and new ones. */
import { FlotillaError, parseEvent, token, type Bus, type Fill } from '@flotilla/contracts';
import { systemClock } from '@flotilla/runtime/clock.ts';
import { CliError } from '../session/cli-error.ts';
import { withBus } from '../cluster/connect.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { formatCount } from '../print/format-number.ts';
import { printJson, type Session } from '../session/session.ts';
import { formatTable, type Column } from '../print/table.ts';

const LIMIT_DEFAULT = 20;
const FOLLOW_INTERVAL_MS = 250;
const PROGRESS_EVERY = 1_000;
/** Kept for the message at the end. */
const UNREADABLE_MAX = 1_000;

export interface FillsOptions {
  readonly portfolio?: string;
  readonly strategy?: string;
  /** 0: all. Default: 20 for people, all for programs. */
  readonly limit?: number;
  readonly follow?: boolean;
}

interface StoredFill {
  readonly sequence: number;
  readonly fill: Fill;
}

/** @throws CliError `INCOMPLETE` when a fill cannot be read, and what the bus throws. */
export async function showFills(session: Session, options: FillsOptions): Promise<void> {
  const subject = `executions.fill.${tokenOf('--portfolio', options.portfolio)}.${tokenOf('--strategy', options.strategy)}`;
  const unreadable: string[] = [];
  await withBus(session.context, async (bus) => {
    let found = await readFills(bus, subject, 1, session, unreadable);
    let shown = 0;
    const show = (fills: readonly StoredFill[]) => {
      if (session.output === 'json') printFills(session, fills, options.follow === true);
      else if (fills.length > 0 || shown === 0) session.terminal.print(formatFills(fills, session, shown === 0));
      shown += fills.length;
    };
    const limit = options.limit ?? (session.output === 'json' ? 0 : LIMIT_DEFAULT);
    show(limit === 0 ? found : found.slice(-limit));
    let next = (found.at(-1)?.sequence ?? 0) + 1;
    while (options.follow === true && !session.interrupted.aborted) {
      await systemClock.sleep(FOLLOW_INTERVAL_MS, session.interrupted).catch(() => undefined);
      found = await readFills(bus, subject, next, session, unreadable);
      if (found.length > 0) show(found);
      next = (found.at(-1)?.sequence ?? next - 1) + 1;
    }
  });
  if (unreadable.length > 0) {
    throw new CliError(`the fills are incomplete: ${unreadable.length} cannot be read, the first is ${unreadable[0]}`, {
      hint: 'A newer version may have written them: update the command.',
      exitCode: EXIT_CODES.INCOMPLETE,
    });
  }
}

/** One array; when more are to come, one fill a line. */
function printFills(session: Session, fills: readonly StoredFill[], follow: boolean): void {
  const values = fills.map(({ sequence, fill }) => ({ sequence, ...fill }));
  if (!follow) printJson(session, values);
  else for (const value of values) printJson(session, value);
}

/** Adds the place and the problem of each fill that cannot be read to `unreadable`. */
async function readFills(
  bus: Bus,
  subject: string,
  fromSequence: number,
  { terminal }: Session,
  unreadable: string[],
): Promise<readonly StoredFill[]> {
  const fills: StoredFill[] = [];
  for await (const message of bus.read('EXECUTIONS', { subject, fromSequence })) {
    try {
      fills.push({ sequence: message.sequence, fill: parseEvent('executions.fill', message.payload).event });
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      if (unreadable.length < UNREADABLE_MAX) unreadable.push(`EXECUTIONS:${message.sequence}: ${error.message}`);
    }
    if (fills.length % PROGRESS_EVERY === 0) terminal.progress(`${formatCount(fills.length)} fills read`);
  }
  terminal.progress('');
  return fills;
}

const COLUMNS: readonly Column[] = [
  { title: 'TIME' },
  { title: 'PORTFOLIO' },
  { title: 'STRATEGY' },
  { title: 'SIDE' },
  { title: 'QUANTITY', align: 'right' },
  { title: 'INSTRUMENT' },
  { title: 'PRICE', align: 'right' },
  { title: 'FEE', align: 'right' },
  { title: 'TYPE' },
  { title: 'LEAVES', align: 'right' },
  { title: 'ORDER' },
];
const ORDER_DIGITS_SHOWN = 12;

function formatFills(fills: readonly StoredFill[], { terminal: { style } }: Session, withTitles: boolean): string {
  if (fills.length === 0) return 'No fills yet.';
  const rows = fills.map(({ fill }) => [
    fill.time,
    fill.portfolio,
    fill.strategy,
    fill.side === 'BUY' ? style.good('BUY') : style.bad('SELL'),
    fill.quantity,
    fill.instrument,
    fill.price,
    fill.fee,
    fill.fillType,
    fill.leavesQuantity,
    fill.orderId.slice(0, ORDER_DIGITS_SHOWN),
  ]);
  const text = formatTable(COLUMNS, rows, style);
  return withTitles ? text : text.slice(text.indexOf('\n') + 1);
}

/** The name as a token of the subject; a wildcard without a name. */
function tokenOf(option: string, value: string | undefined): string {
  if (value === undefined) return '*';
  if (token.safeParse(value).success) return value;
  throw new CliError(`${option}: expected a name of letters, digits, _ or -, found ${JSON.stringify(value)}`, {
    exitCode: EXIT_CODES.USAGE,
  });
}
