import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';

/** What went wrong in one line, and what to do about it in another. */
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
