/** Reports to the STATUS bucket what an agent does: at the start, at the first signal, while signals come once a second, and at least every five. */
import { agentStatusSchema, keys, type AgentStatus, type Clock, type KeyValue } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime';
import type { AgentCounts } from './agent.ts';
import type { Owner } from './read-own-history.ts';

const REPORT_INTERVAL_MS = 5_000;
const CHANGED_INTERVAL_MS = 1_000;
/** How soon the first signal shows; a report that failed is tried again as soon. */
const LOOK_INTERVAL_MS = 250;

export interface AgentReporterOptions {
  readonly bucket: KeyValue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: Owner;
  readonly instance: string;
  readonly counts: () => AgentCounts;
}

/** Reports until `signal` aborts; a report that does not get through is no reason to stop trading. */
export async function runAgentReporter(options: AgentReporterOptions, signal: AbortSignal): Promise<void> {
  const { bucket, clock, logger, owner, counts } = options;
  const key = keys.agentStatus(owner.portfolio, owner.strategy);
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  let reported = counts();
  while (!signal.aborted) {
    const now = counts();
    const isFirst = now.firstSignalAtMs !== reported.firstSignalAtMs;
    const intervalMs = now.lastSequence === reported.lastSequence ? REPORT_INTERVAL_MS : CHANGED_INTERVAL_MS;
    if (isFirst || clock.monotonicMs() - reportedAtMs >= intervalMs) {
      try {
        await bucket.put(key, Buffer.from(JSON.stringify(toStatus(options, now))));
        reportedAtMs = clock.monotonicMs();
        reported = now;
      } catch (error) {
        logger.debug({ err: error }, 'the status could not be reported');
      }
    }
    await clock.sleep(LOOK_INTERVAL_MS, signal).catch(() => undefined);
  }
}

function toStatus({ owner, instance, clock }: AgentReporterOptions, counts: AgentCounts): AgentStatus {
  const { signalsConsumed, intentsPublished, firstSignalAtMs, lastSequence } = counts;
  return agentStatusSchema.parse({
    schemaVersion: 1,
    ...owner,
    instance,
    signalsConsumed,
    intentsPublished,
    ...(firstSignalAtMs === undefined ? {} : { firstSignalAt: new Date(firstSignalAtMs).toISOString() }),
    lastSequence,
    updatedAt: new Date(clock.nowMs()).toISOString(),
  });
}
