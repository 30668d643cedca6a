/**
 * Reports in STATUS why an exec process ended by an error, so that the status of a portfolio whose exec keeps crashing gives the reason.
 *
 * The report keeps the time of the previous report, because a crash report is not evidence that exec lives or that no order is open.
 */
import {
  type Clock,
  type ExecStatus,
  execStatusSchema,
  FlotillaError,
  formatTime,
  keys,
  type KeyValue,
  readRecordBytes,
} from '@flotilla/contracts';

const REASON_CHARACTERS_MAX = 512;

/** The crash that STATUS names; undefined when STATUS names none or cannot be read. */
export async function readLastCrash(status: KeyValue, portfolio: string): Promise<ExecStatus['lastCrash']> {
  return (await readStatus(status, portfolio))?.lastCrash;
}

/** Does nothing when no exec of the portfolio has ever reported. @throws FlotillaError of the bus. */
export async function reportCrash(status: KeyValue, portfolio: string, clock: Pick<Clock, 'nowMs'>, error: unknown): Promise<void> {
  const before = await readStatus(status, portfolio);
  if (before === undefined) return;
  const lastCrash = { time: formatTime(clock.nowMs()), reason: reasonOf(error) };
  const report: ExecStatus = { ...before, tradingState: 'HALTED', reason: 'CONTROL_UNKNOWN', lastCrash };
  await status.put(keys.execStatus(portfolio), new TextEncoder().encode(JSON.stringify(report)));
}

async function readStatus(status: KeyValue, portfolio: string): Promise<ExecStatus | undefined> {
  const entry = await status.get(keys.execStatus(portfolio));
  const read = entry === undefined ? undefined : readRecordBytes(execStatusSchema, entry.value);
  return read?.ok === true ? read.value : undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof FlotillaError) return `${error.code}: ${error.message}`.slice(0, REASON_CHARACTERS_MAX);
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, REASON_CHARACTERS_MAX);
}
