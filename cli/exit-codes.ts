/** What the command's exit code means; the same for every subcommand. */
export const EXIT_CODES = {
  /** Done as asked. */
  OK: 0,
  /** Not done: something was away, refused, or (audit verify) does not verify. */
  FAILED: 1,
  /** The command line itself is wrong; nothing was tried. */
  USAGE: 2,
  /** Interrupted by Ctrl-C. */
  INTERRUPTED: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
