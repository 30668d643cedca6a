/** Reports to the STATUS bucket what an agent does: at the start, at the first signal, at a new problem, while signals come once a second, and at least every five seconds. */
import { type AgentStatus, agentStatusSchema, type Clock, FlotillaError, formatTime, keys, type KeyValue } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import type { AgentReport } from './agent.ts';
import type { Owner } from './read-own-history.ts';

const REPORT_INTERVAL_MS = 5_000;
const CHANGED_INTERVAL_MS = 1_000;
/** How soon a change is seen, and a failed report repeated. */
const LOOK_INTERVAL_MS = 250;

export interface AgentReporterOptions {
  readonly bucket: KeyValue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: Owner;
  readonly instance: string;
  /** Undefined while the counts are not known: then there is no report, because a zero would be wrong. */
  readonly report: () => AgentReport | undefined;
}

/** Reports until `signal` aborts. A failed report is repeated, and the agent trades on. */
export async function runAgentReporter(options: AgentReporterOptions, signal: AbortSignal): Promise<void> {
  const { bucket, clock, logger, owner, report } = options;
  const key = keys.agentStatus(owner.portfolio, owner.strategy);
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  let reported: AgentReport | undefined;
  while (!signal.aborted) {
    const now = report();
    if (now !== undefined && clock.monotonicMs() - reportedAtMs >= intervalMs(now, reported)) {
      try {
        await bucket.put(key, Buffer.from(JSON.stringify(toStatus(options, now))));
        reportedAtMs = clock.monotonicMs();
        reported = now;
      } catch (error) {
        if (!(error instanceof FlotillaError)) throw error;
        logger.debug({ err: error }, 'the status could not be reported');
      }
    }
    await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
  }
}

/** Least time since the last report. */
function intervalMs(now: AgentReport, reported: AgentReport | undefined): number {
  if (reported === undefined) return 0;
  const isNews = now.counts.firstSignalAtMs !== reported.counts.firstSignalAtMs || now.problem?.reason !== reported.problem?.reason;
  if (isNews) return 0;
  return now.lastSequence === reported.lastSequence ? REPORT_INTERVAL_MS : CHANGED_INTERVAL_MS;
}

function toStatus({ owner, instance, clock }: AgentReporterOptions, { counts, lastSequence, problem }: AgentReport): AgentStatus {
  const { signalsConsumed, intentsPublished, firstSignalAtMs } = counts;
  return agentStatusSchema.parse({
    schemaVersion: 1,
    ...owner,
    instance,
    signalsConsumed,
    intentsPublished,
    ...(firstSignalAtMs === undefined ? {} : { firstSignalAt: formatTime(firstSignalAtMs) }),
    lastSequence,
    ...(problem === undefined ? {} : { problem }),
    updatedAt: formatTime(clock.nowMs()),
  });
}
