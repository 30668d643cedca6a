/** Colours text on a terminal, unless NO_COLOR is set (https://no-color.org). For every command and the demos. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

const keep = (text: string): string => text;
export const PLAIN: Style = { bold: keep, dim: keep, good: keep, bad: keep, warn: keep };

const code =
  (open: number, close: number) =>
  (text: string): string =>
    text === '' ? '' : `\u001B[${open}m${text}\u001B[${close}m`;
export const COLOURED: Style = { bold: code(1, 22), dim: code(2, 22), good: code(32, 39), bad: code(31, 39), warn: code(33, 39) };

export function styleFor(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Style {
  const noColour = environment['NO_COLOR'];
  return isTerminal && (noColour === undefined || noColour === '') && environment['TERM'] !== 'dumb' ? COLOURED : PLAIN;
}
