/** What every subcommand gets. */
import type { CliContext } from './context.ts';
import type { Terminal } from '../print/terminal.ts';

export type OutputFormat = 'table' | 'json';

export interface Session {
  readonly context: CliContext;
  readonly output: OutputFormat;
  readonly terminal: Terminal;
  /** Aborts at Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** A result for programs: indented on a terminal's behalf would be no help to them, one line is. */
export function printJson(session: Session, value: unknown): void {
  session.terminal.print(JSON.stringify(value));
}
