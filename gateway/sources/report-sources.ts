/** Reports the state of each source to the STATUS bucket, where the operator reads it: after every change, and at least every five seconds. */
import {
  type Clock,
  FlotillaError,
  formatTime,
  gatewayStatusSchema,
  type KeyValue,
  keys,
  REPORTED_SOURCES_MAX,
  TOKEN_PATTERN,
} from '@flotilla/contracts';
import { GATEWAY_NAME, type GatewayStatus, NORMALISER_PROBLEM_CHARS_MAX } from '@flotilla/contracts/control/gateway-status.ts';
import type { Logger } from '@flotilla/runtime';
import type { SourceTable } from './source-table.ts';

const REPORT_INTERVAL_MS = 5_000;
/** How soon a change is reported, and a failed report repeated. */
const LOOK_INTERVAL_MS = 250;
/** A problem of the normaliser that passes sooner is not reported: each start and each renewed connection has one for a moment. */
const NORMALISER_PROBLEM_LASTS_MS = 2_000;

export interface SourceReporterOptions {
  readonly bucket: KeyValue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly instance: string;
  readonly table: () => SourceTable;
  /** Why the normaliser does not work at the moment; undefined while it does. */
  readonly normaliserProblem: () => string | undefined;
}

/** Reports until `signal` aborts. A failed report is repeated; the gateway serves its sources meanwhile. */
export async function runSourceReporter(options: SourceReporterOptions, signal: AbortSignal): Promise<void> {
  const { bucket, clock, logger, table, instance } = options;
  const lastingProblem = makeLastingProblem(options);
  let reported: { readonly table: SourceTable; readonly problem: string | undefined } | undefined;
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    const [current, problem] = [table(), lastingProblem()];
    // A text that changes while the problem lasts waits for the next report.
    const isChanged = current !== reported?.table || (problem === undefined) !== (reported.problem === undefined);
    if (isChanged || clock.monotonicMs() - reportedAtMs >= REPORT_INTERVAL_MS) {
      try {
        const status = sourceStatus(current, { instance, normaliserProblem: problem, nowMs: clock.nowMs() });
        await bucket.put(keys.gatewayStatus(GATEWAY_NAME), Buffer.from(JSON.stringify(status)));
        reported = { table: current, problem };
        reportedAtMs = clock.monotonicMs();
      } catch (error) {
        if (!(error instanceof FlotillaError)) throw error;
        logger.debug({ err: error }, 'the state of the sources could not be reported');
      }
    }
    await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
  }
}

/** The problem of the normaliser once it has lasted. */
function makeLastingProblem({ clock, normaliserProblem }: Pick<SourceReporterOptions, 'clock' | 'normaliserProblem'>) {
  let sinceMs: number | undefined;
  return (): string | undefined => {
    const problem = normaliserProblem();
    sinceMs = problem === undefined ? undefined : (sinceMs ?? clock.monotonicMs());
    return sinceMs !== undefined && clock.monotonicMs() - sinceMs >= NORMALISER_PROBLEM_LASTS_MS ? problem : undefined;
  };
}

interface ReportFacts {
  readonly instance: string;
  readonly normaliserProblem: string | undefined;
  /** Unix time. */
  readonly nowMs: number;
}

/** Names every source of the sources file, with its problem if it has one. Pure. */
export function sourceStatus(table: SourceTable, { instance, normaliserProblem, nowMs }: ReportFacts): GatewayStatus {
  const problems = new Map(table.problems.map(({ source, reason, message }) => [source, { reason, message }]));
  const names = [...new Set([...table.sources.keys(), ...problems.keys()])].filter((name) => TOKEN_PATTERN.test(name)).sort();
  return gatewayStatusSchema.parse({
    schemaVersion: 1,
    gateway: GATEWAY_NAME,
    instance,
    sources: names.slice(0, REPORTED_SOURCES_MAX).map((name) => {
      const problem = problems.get(name);
      const source = table.sources.get(name);
      const acceptsNext = source !== undefined && 'nextSecret' in source && source.nextSecret !== undefined;
      const rows = table.rows.get(name);
      return {
        name,
        ...(problem === undefined ? {} : { problem }),
        ...(acceptsNext ? { acceptsNext: true as const } : {}),
        ...(rows === undefined ? {} : { rows }),
      };
    }),
    ...(normaliserProblem === undefined ? {} : { normaliserProblem: normaliserProblem.slice(0, NORMALISER_PROBLEM_CHARS_MAX) }),
    updatedAt: formatTime(nowMs),
  });
}
