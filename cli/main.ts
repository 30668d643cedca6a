/** The `flotilla` command. Subcommands load when they run, so that the command answers help and mistakes at once. */
import { basename } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { makeProgram } from './command-line/make-program.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { styleFor } from './print/style.ts';
import { makeTerminal } from './print/terminal.ts';
import { CliError } from './session/cli-error.ts';
import { type GlobalFlags, resolveContext } from './session/context.ts';
import { findLocalConfig } from './session/find-local-config.ts';
import type { OutputFormat, Session } from './session/session.ts';

const INTERRUPTION_MS_MAX = 2_000;
const environment = process.env;
const terminal = makeTerminal(process.stdout, process.stderr, styleFor(process.stdout.isTTY, environment));
const invokedAs = basename(environment['FLOTILLA_INVOKED_AS'] ?? process.argv[1] ?? '');
const name = invokedAs.startsWith('kubectl-') ? 'kubectl flotilla' : 'flotilla';

interface GlobalOptions extends GlobalFlags {
  readonly config?: string;
  readonly output: OutputFormat;
}

// The reader of a pipe (head, a pager) may stop reading, and the command still succeeds.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT_CODES.OK);
  });
}

const interruption = new AbortController();
process.once('SIGINT', () => {
  interruption.abort();
  // A command that is at work tidies up and ends; a command that hangs is ended.
  process.once('SIGINT', () => process.exit(EXIT_CODES.INTERRUPTED));
  setTimeout(() => process.exit(EXIT_CODES.INTERRUPTED), INTERRUPTION_MS_MAX).unref();
});

function openSession(command: Command): Session {
  const options = command.optsWithGlobals<GlobalOptions>();
  const local = findLocalConfig(process.cwd(), options.config ?? environment['FLOTILLA_CLI_CONFIG']);
  return {
    context: resolveContext({ flags: options, environment, local }),
    output: options.output,
    terminal,
    interrupted: interruption.signal,
  };
}

/** Tells an error to the user, and gives the exit code. */
function report(error: unknown): number {
  terminal.progress('');
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.OK : EXIT_CODES.USAGE;
  const message = error instanceof Error ? error.message : String(error);
  if (!interruption.signal.aborted || error instanceof CliError) terminal.note(`${name}: ${message}`);
  if (error instanceof CliError && error.hint !== undefined) terminal.note(`  ${error.hint}`);
  if (interruption.signal.aborted) return EXIT_CODES.INTERRUPTED;
  return error instanceof CliError ? error.exitCode : EXIT_CODES.FAILED;
}

try {
  await makeProgram(name, openSession).parseAsync(process.argv);
  process.exitCode = interruption.signal.aborted ? EXIT_CODES.INTERRUPTED : EXIT_CODES.OK;
} catch (error) {
  process.exitCode = report(error);
}
