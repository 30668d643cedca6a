/** Keeps the log open and fed: opens the folder, collects every stream into it, and begins anew when writing fails. */
import { type Bus, type Clock, FlotillaError, STREAMS, type StreamName } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import type { Metrics } from '@flotilla/runtime/metrics.ts';
import { type AuditLog, openAuditLog } from '../log/audit-log.ts';
import type { SignedCheckpoint } from '../log/checkpoint-line.ts';
import type { NoteSigner } from '../log/signed-note.ts';
import { collectStream, type StreamCollector } from './collect-stream.ts';

const REOPEN_DELAY_MS_MIN = 500;
const REOPEN_DELAY_MS_MAX = 30_000;
const STREAM_NAMES = Object.keys(STREAMS) as readonly StreamName[];

export interface KeptLog {
  /** Why the log is not written, or undefined. */
  problem(): string | undefined;
  /** Why a stream is not consumed, or undefined. */
  streamProblem(): string | undefined;
  stop(): Promise<void>;
}

export interface KeepLogOptions {
  readonly folder: string;
  readonly signer: NoteSigner;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly checkpointEntriesMax: number;
  readonly checkpointIntervalMs: number;
  readonly onCheckpoint: (checkpoint: SignedCheckpoint) => void;
}

export function keepLog(options: KeepLogOptions): KeptLog {
  const { bus, clock, logger, metrics } = options;
  const stopping = new AbortController();
  const entries = metrics.counter('audit_entries_total', 'Entries written to the audit log', ['stream']);
  const checkpointSize = metrics.gauge('audit_checkpoint_size', 'Entries under the newest signed checkpoint', []);
  const pending = metrics.gauge('audit_pending_entries', 'Messages on the bus that are not in the audit log yet', ['stream']);
  const age = metrics.histogram('audit_delay_seconds', 'From stored on the bus to stored in the audit log', ['stream']);
  for (const stream of STREAM_NAMES) {
    entries.inc({ stream }, 0);
    pending.set({ stream }, 0);
  }
  let problem: string | undefined = 'log not open yet';
  let collectors: readonly StreamCollector[] = [];

  async function session(): Promise<void> {
    const log = await openAuditLog({
      ...options,
      onCheckpoint(signed) {
        checkpointSize.set(signed.checkpoint.size);
        options.onCheckpoint(signed);
      },
    });
    logger.info({ entries: log.size(), cutBytes: log.cutBytes }, 'audit log open');
    problem = undefined;
    const stopped = Promise.withResolvers<void>();
    stopping.signal.addEventListener('abort', () => stopped.resolve(), { once: true });
    if (stopping.signal.aborted) stopped.resolve();
    collectors = STREAM_NAMES.map((stream) =>
      collectStream({
        bus,
        clock,
        logger,
        log,
        stream,
        onLogged: (count) => entries.inc({ stream }, count),
        onLag(lag) {
          pending.set({ stream }, lag.pending);
          age.observe({ stream }, lag.ageMs / 1_000);
        },
      }),
    );
    try {
      await Promise.race([stopped.promise, ...collectors.map(({ ended }) => ended)]);
    } finally {
      await Promise.all(collectors.map((collector) => collector.stop()));
      await closeQuietly(log);
    }
  }

  async function closeQuietly(log: AuditLog): Promise<void> {
    try {
      await log.close();
    } catch (cause) {
      logger.error({ err: cause }, 'the audit log could not be closed cleanly');
    }
  }

  async function run(): Promise<void> {
    let delayMs = REOPEN_DELAY_MS_MIN;
    while (!stopping.signal.aborted) {
      const startedMs = clock.monotonicMs();
      try {
        await session();
      } catch (cause) {
        problem = describe(cause);
        logger.error({ err: cause }, 'the audit log is not being written');
      }
      if (stopping.signal.aborted) return;
      if (clock.monotonicMs() - startedMs > REOPEN_DELAY_MS_MAX) delayMs = REOPEN_DELAY_MS_MIN;
      await clock.sleep(delayMs, stopping.signal).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, REOPEN_DELAY_MS_MAX);
    }
  }

  const running = run();
  return {
    problem: () => problem,
    streamProblem: () => collectors.map((collector) => collector.problem()).find((reason) => reason !== undefined),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function describe(cause: unknown): string {
  if (cause instanceof FlotillaError) {
    const why = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
    return `${cause.code}: ${cause.message}${why}`;
  }
  return cause instanceof Error ? cause.message : String(cause);
}
