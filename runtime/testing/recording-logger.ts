/** A logger whose lines a test can read. */
import { makeLogger, type Logger } from '../log.ts';

export type LogLines = readonly Readonly<Record<string, unknown>>[];

export function recordingLogger(level = 'trace'): { readonly logger: Logger; readonly lines: LogLines } {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { logger: makeLogger({ service: 'test', revision: 'test', level, destination }), lines };
}
