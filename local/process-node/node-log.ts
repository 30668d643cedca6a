/** Gives the process node and the real node a logger that writes JSON lines. */
import type { Clock } from '@flotilla/contracts/ports.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { KernelLogger } from '@flotilla/kube/mod.ts';

/** One JSON line per record, on standard output. */
export function makeNodeLog(clock: Pick<Clock, 'nowMs'>): KernelLogger {
  const write = (level: string, fields: Readonly<Record<string, unknown>>, message: string): void => {
    const { err, ...rest } = fields;
    const error = err === undefined ? {} : { error: err instanceof Error ? err.message : JSON.stringify(err) };
    process.stdout.write(`${JSON.stringify({ time: formatTime(clock.nowMs()), level, message, ...rest, ...error })}\n`);
  };
  return {
    debug: () => undefined,
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
  };
}
