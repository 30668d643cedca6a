/** Writes results to standard output and everything else to standard error. For every command. */
import type { Style } from './style.ts';

export interface Terminal {
  /** A result. */
  print(text: string): void;
  /** A remark beside the result. */
  note(text: string): void;
  /** The progress of long work in one line. On a terminal the line replaces itself; elsewhere it is left out. */
  progress(text: string): void;
  /** Replaces the screen of a terminal by `text`; elsewhere, prints `text`. */
  redraw(text: string): void;
  readonly isInteractive: boolean;
  /** Of standard output. */
  readonly style: Style;
}

export interface TerminalStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001B[K';
const HOME_AND_CLEAR = '\u001B[H\u001B[J';

export function makeTerminal(output: TerminalStream, errors: TerminalStream, style: Style): Terminal {
  let hasProgress = false;
  const clearProgress = () => {
    if (hasProgress) errors.write(CLEAR_LINE);
    hasProgress = false;
  };
  return {
    print(text) {
      clearProgress();
      output.write(`${text}\n`);
    },
    note(text) {
      clearProgress();
      errors.write(`${text}\n`);
    },
    progress(text) {
      if (errors.isTTY !== true) return;
      errors.write(`${CLEAR_LINE}${text}`);
      hasProgress = text !== '';
    },
    redraw(text) {
      clearProgress();
      output.write(output.isTTY === true ? `${HOME_AND_CLEAR}${text}\n` : `${text}\n`);
    },
    isInteractive: output.isTTY === true && errors.isTTY === true,
    style,
  };
}
