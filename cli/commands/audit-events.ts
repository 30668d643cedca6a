/** `flotilla audit events`: the audit events that the bus holds. */
import { FlotillaError, parseEvent, token, type Bus } from '@flotilla/contracts';
import type { AuditEvent } from '@flotilla/contracts/events/audit.ts';
import { CliError } from '../session/cli-error.ts';
import { withBus } from '../cluster/connect.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { printJson, type Session } from '../session/session.ts';
import { formatTable, type Column } from '../print/table.ts';

const LIMIT_DEFAULT = 20;
/** Kept for the message at the end. */
const UNREADABLE_MAX = 1_000;

export interface AuditEventsOptions {
  readonly portfolio?: string;
  readonly action?: string;
  readonly principal?: string;
  /** 0: all. Default: 20 for people, all for programs. */
  readonly limit?: number;
}

interface StoredEvent {
  readonly sequence: number;
  readonly event: AuditEvent;
}

/** @throws CliError `INCOMPLETE` when an event cannot be read, and what the bus throws. */
export async function showAuditEvents(session: Session, options: AuditEventsOptions): Promise<void> {
  const { portfolio, action, principal } = options;
  if (portfolio !== undefined && !token.safeParse(portfolio).success) {
    throw new CliError(`--portfolio: expected a name of letters, digits, _ or -, found ${JSON.stringify(portfolio)}`, {
      exitCode: EXIT_CODES.USAGE,
    });
  }
  const unreadable: string[] = [];
  const isWanted = ({ event }: StoredEvent): boolean =>
    (action === undefined || event.action === action) && (principal === undefined || event.details['principal'] === principal);
  await withBus(session.context, async (bus) => {
    const found = (await readEvents(bus, `audit.event.${portfolio ?? '*'}`, unreadable)).filter(isWanted);
    const limit = options.limit ?? (session.output === 'json' ? 0 : LIMIT_DEFAULT);
    const shown = limit === 0 ? found : found.slice(-limit);
    if (session.output === 'json')
      printJson(
        session,
        shown.map(({ sequence, event }) => ({ sequence, ...event })),
      );
    else session.terminal.print(formatEvents(shown, session));
  });
  if (unreadable.length > 0) {
    throw new CliError(`the events are incomplete: ${unreadable.length} cannot be read, the first is ${unreadable[0]}`, {
      hint: 'A newer version may have written them: update the command.',
      exitCode: EXIT_CODES.INCOMPLETE,
    });
  }
}

/** Adds the place and the problem of each event that cannot be read to `unreadable`. */
async function readEvents(bus: Bus, subject: string, unreadable: string[]): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const message of bus.read('AUDIT', { subject, fromSequence: 1 })) {
    try {
      events.push({ sequence: message.sequence, event: parseEvent('audit.event', message.payload).event });
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      if (unreadable.length < UNREADABLE_MAX) unreadable.push(`AUDIT:${message.sequence}: ${error.message}`);
    }
  }
  return events;
}

const COLUMNS: readonly Column[] = [{ title: 'TIME' }, { title: 'PORTFOLIO' }, { title: 'ACTION' }, { title: 'WHO' }, { title: 'DETAILS' }];

function formatEvents(events: readonly StoredEvent[], { terminal: { style } }: Session): string {
  if (events.length === 0) return 'No such events.';
  const rows = events.map(({ event: { time, portfolio, action, actor, details } }) => {
    const { principal, person, ...rest } = details;
    const text = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
    // Details repeat names that others chose, so control characters must not reach the terminal.
    return [time, portfolio, action, principal ?? person ?? actor, text.join('  ')].map((cell) => cell.replaceAll(/[^ -~]/g, '?'));
  });
  return formatTable(COLUMNS, rows, style);
}
