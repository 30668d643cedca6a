/** Options and parsers that several commands share, for the files `define-*.ts`. */
import type { Command } from 'commander';
import type { Session } from '../session/session.ts';

export interface CommandTools {
  /** The session of a subcommand that runs. */
  openSession(command: Command): Session;
  /** Help text of examples, one line each, without the name of the program. */
  examples(...lines: readonly string[]): string;
}
