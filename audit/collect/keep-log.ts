/** Keeps the log open: opens the folder, collects every stream into the log, and opens the log again after a failure. For the audit service. */
import { type Bus, type Clock, makeBackOff, FlotillaError, type Rng, STREAMS, type StreamName } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import { type AuditLog, openAuditLog } from '../log/audit-log.ts';
import type { SignedCheckpoint } from '../log/checkpoint-line.ts';
import type { NoteSigner } from '../log/signed-note.ts';
import { collectStream, type CollectOptions, type StreamCollector } from './collect-stream.ts';

const REOPEN_DELAYS = { firstMs: 500, maxMs: 30_000 } as const;
const STREAM_NAMES = Object.keys(STREAMS) as readonly StreamName[];

export interface KeptLog {
  /** The reason why the log is not written, or undefined. */
  problem(): string | undefined;
  /** The reason why a stream is not consumed, or undefined. */
  streamProblem(): string | undefined;
  stop(): Promise<void>;
}

export interface KeepLogOptions {
  readonly folder: string;
  readonly signer: NoteSigner;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly checkpointEntriesMax: number;
  readonly checkpointIntervalMs: number;
  readonly onCheckpoint: (checkpoint: SignedCheckpoint) => void;
}

interface Keeper {
  readonly options: KeepLogOptions;
  readonly gauges: Gauges;
  readonly stopping: AbortController;
  problem: string | undefined;
  collectors: readonly StreamCollector[];
}

export function keepLog(options: KeepLogOptions): KeptLog {
  const keeper: Keeper = {
    options,
    gauges: makeGauges(options.metrics),
    stopping: new AbortController(),
    problem: 'log not open yet',
    collectors: [],
  };
  const running = run(keeper);
  return {
    problem: () => keeper.problem,
    streamProblem: () => keeper.collectors.map((collector) => collector.problem()).find((reason) => reason !== undefined),
    async stop() {
      keeper.stopping.abort();
      await running;
    },
  };
}

async function run(keeper: Keeper): Promise<void> {
  const { clock, rng, logger } = keeper.options;
  const { signal } = keeper.stopping;
  const backOff = makeBackOff(REOPEN_DELAYS, rng);
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    try {
      await runSession(keeper);
    } catch (cause) {
      keeper.problem = describe(cause);
      logger.error({ err: cause }, 'the audit log is not written');
    }
    if (signal.aborted) return;
    // A log that was open for long failed for another reason than the time before.
    if (clock.monotonicMs() - startedMs > REOPEN_DELAYS.maxMs) backOff.reset();
    await clock.sleep(backOff.nextDelayMs(), signal).catch(() => undefined);
  }
}

/** One opening of the log. Resolves when the service stops; rejects when the log can no longer be written. */
async function runSession(keeper: Keeper): Promise<void> {
  const { options, gauges, stopping } = keeper;
  const { logger } = options;
  const log = await openAuditLog({
    ...options,
    onCheckpoint(signed) {
      gauges.checkpointSize(signed.checkpoint.size);
      options.onCheckpoint(signed);
    },
  });
  logger.info({ entries: log.size(), cutBytes: log.cutBytes }, 'audit log open');
  keeper.problem = undefined;
  const stopped = Promise.withResolvers<void>();
  stopping.signal.addEventListener('abort', () => stopped.resolve(), { once: true });
  if (stopping.signal.aborted) stopped.resolve();
  keeper.collectors = STREAM_NAMES.map((stream) => collectStream({ ...options, log, stream, ...gauges.ofStream(stream) }));
  try {
    await Promise.race([stopped.promise, ...keeper.collectors.map(({ ended }) => ended)]);
  } finally {
    await Promise.all(keeper.collectors.map((collector) => collector.stop()));
    await closeLog(log, logger);
  }
}

async function closeLog(log: AuditLog, logger: Logger): Promise<void> {
  try {
    await log.close();
  } catch (cause) {
    logger.error({ err: cause }, 'could not close the audit log cleanly');
  }
}

interface Gauges {
  checkpointSize(entries: number): void;
  ofStream(stream: StreamName): Pick<CollectOptions, 'onLogged' | 'onLag'>;
}

/** Every stream has its series from the start, so that a dashboard shows zero and not nothing. */
function makeGauges(metrics: Metrics): Gauges {
  const entries = metrics.counter('audit_entries_total', 'Entries written to the audit log', ['stream']);
  const checkpointSize = metrics.gauge('audit_checkpoint_size', 'Entries under the newest signed checkpoint', []);
  const pending = metrics.gauge('audit_pending_entries', 'Messages on the bus that are not in the audit log yet', ['stream']);
  const age = metrics.histogram('audit_delay_seconds', 'From stored on the bus to stored in the audit log', ['stream']);
  for (const stream of STREAM_NAMES) {
    entries.inc({ stream }, 0);
    pending.set({ stream }, 0);
  }
  return {
    checkpointSize: (size) => checkpointSize.set(size),
    ofStream: (stream) => ({
      onLogged: (count) => entries.inc({ stream }, count),
      onLag(lag) {
        pending.set({ stream }, lag.pending);
        age.observe({ stream }, lag.ageMs / 1_000);
      },
    }),
  };
}

function describe(cause: unknown): string {
  if (cause instanceof FlotillaError) {
    const why = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
    return `${cause.code}: ${cause.message}${why}`;
  }
  return cause instanceof Error ? cause.message : String(cause);
}
