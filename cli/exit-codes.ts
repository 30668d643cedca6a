/** Exit codes of the `flotilla` command, the same for every subcommand; the help prints the meanings. */
export const EXIT_CODES = {
  /** Done as asked, and everything shown is known. */
  OK: 0,
  /** Not done: something was away or refused the request, or (audit verify) the log does not verify. */
  FAILED: 1,
  /** The command line itself is wrong; nothing was tried. */
  USAGE: 2,
  /** Done or shown in part: standard error names what is missing or not confirmed. */
  INCOMPLETE: 3,
  /** Interrupted by Ctrl-C. */
  INTERRUPTED: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

export const EXIT_CODE_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'failed',
  2: 'wrong usage',
  3: 'incomplete or not confirmed: standard error names what is missing',
  130: 'interrupted',
};
