/** The session that every subcommand gets: addresses, output, terminal, interruption. */
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

/** Prints a result for programs, in one line. */
export function printJson(session: Session, value: unknown): void {
  session.terminal.print(JSON.stringify(value));
}
