/** The error that a command shows to its user, with an exit code. For every command. */
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';

/** `message` says in one line what went wrong, and `hint` in another line what to do. */
export class CliError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, options: { readonly hint?: string; readonly exitCode?: ExitCode; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'CliError';
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? EXIT_CODES.FAILED;
  }
}
