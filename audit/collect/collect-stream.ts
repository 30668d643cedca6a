/** Consumes one stream into the log, and acknowledges the messages that are on disk. For `keep-log.ts`. */
import {
  auditConsumer,
  AUDIT_IN_FLIGHT_MAX,
  type Bus,
  type Clock,
  type Consumption,
  type Delivery,
  FlotillaError,
  type Rng,
  type StreamName,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import type { AuditLog } from '../log/audit-log.ts';
import type { StreamCursor } from '../log/checkpoint.ts';
import type { LogRecord } from '../log/entry.ts';
import { advance, NO_CURSOR } from '../log/succession.ts';
import { planRecords } from './plan-records.ts';

/** Records handed to the log at once; the records of a long hole come in pieces. */
const RECORDS_MAX = 1_000;
/**
 * Time for which the first record of a batch waits for others, unless half a batch is there already. Every batch costs an fsync on a disk that
 * the bus may share, and orders wait for the fsyncs of the bus. Trading waits for no entry of the log, so gathering only delays acknowledgements.
 */
const GATHER_MS = 100;
/** Between two tries to open the consumer, or to log a batch, while the bus is away. */
const RETRY_DELAYS = { firstMs: 100, maxMs: 5_000 } as const;

export interface StreamCollector {
  /** The reason why the collector does not consume, or undefined. */
  problem(): string | undefined;
  /** Rejects when the log can no longer be written. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface CollectOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly log: AuditLog;
  readonly stream: StreamName;
  readonly onLogged: (records: number) => void;
  /** Called after each batch with the messages of the stream that are not in the log yet, as the bus reports, and with the age of the last one logged. */
  readonly onLag: (lag: { readonly pending: number; readonly ageMs: number }) => void;
}

interface Collector {
  readonly options: CollectOptions;
  readonly stopping: AbortController;
  problem: string | undefined;
  consumption: Consumption | undefined;
  cursor: StreamCursor;
  waiting: Delivery[];
  pumping: Promise<void> | undefined;
}

export function collectStream(options: CollectOptions): StreamCollector {
  const { log, stream } = options;
  const collector: Collector = {
    options,
    stopping: new AbortController(),
    problem: `consumer of ${stream} not open yet`,
    consumption: undefined,
    cursor: log.cursors().get(stream) ?? NO_CURSOR,
    waiting: [],
    pumping: undefined,
  };
  const ended = consume(collector);
  return {
    problem: () => collector.problem ?? collector.consumption?.problem?.(),
    ended,
    async stop() {
      collector.stopping.abort();
      await collector.consumption?.stop();
      await ended.catch(() => undefined);
      await collector.pumping;
    },
  };
}

async function consume(collector: Collector): Promise<void> {
  const consumption = await openConsumption(collector);
  if (consumption === undefined) return;
  collector.consumption = consumption;
  const failed = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const delivery of consumption) {
      collector.waiting.push(delivery);
      collector.pumping ??= pump(collector)
        .catch((cause: unknown) => failed.reject(cause))
        .finally(() => {
          collector.pumping = undefined;
        });
    }
  })();
  await Promise.race([reading, failed.promise]);
  await collector.pumping;
}

/** Tries until the consumer is there; undefined when the collector stops first. */
async function openConsumption(collector: Collector): Promise<Consumption | undefined> {
  const { bus, clock, rng, logger, stream } = collector.options;
  const { signal } = collector.stopping;
  try {
    return await retryWithBackOff(
      () => bus.consume(stream, auditConsumer(stream).name, { maxInFlight: AUDIT_IN_FLIGHT_MAX, resume: 'ackFloor' }),
      {
        clock,
        rng,
        logger,
        signal,
        operation: `open the consumer of ${stream}`,
        delays: RETRY_DELAYS,
        triesMax: 'untilAborted',
        onProblem: (problem) => (collector.problem = problem === undefined ? undefined : `${stream}: ${problem}`),
      },
    );
  } catch (cause) {
    if (signal.aborted) return undefined;
    throw cause;
  }
}

/** Logs what waits, batch by batch. @throws when the log can no longer be written. */
async function pump(collector: Collector): Promise<void> {
  const { clock, logger, stream } = collector.options;
  const { signal } = collector.stopping;
  while (collector.waiting.length > 0) {
    if (collector.waiting.length < RECORDS_MAX / 2) await clock.sleep(GATHER_MS, signal).catch(() => undefined);
    const batch = collector.waiting;
    collector.waiting = [];
    try {
      await logBatch(collector, batch);
      collector.problem = undefined;
    } catch (cause) {
      if (!(cause instanceof FlotillaError) || cause.retry === 'terminal' || cause.code === 'HANDLER_FAILED') throw cause;
      // The bus went away in between. The records that are in the log already are duplicates at the next try.
      collector.problem = cause.message;
      logger.warn({ err: cause, stream }, 'could not log a batch; retrying');
      collector.waiting = [...batch, ...collector.waiting];
      await clock.sleep(RETRY_DELAYS.firstMs, signal).catch(() => undefined);
      if (signal.aborted) return;
    }
  }
}

/** Logs a batch, then acknowledges the batch. Each record goes to the log once, also when the bus fails half-way. */
async function logBatch(collector: Collector, batch: readonly Delivery[]): Promise<void> {
  const { bus, clock, log, stream, onLogged, onLag } = collector.options;
  // The leader proves the end, so that a replica that lags makes no hole in the log. The message behind the range came by a delivery, so it exists.
  const readMissing = (fromSequence: number, through: number) =>
    bus.read(stream, { subject: '>', fromSequence, throughSequence: through + 1, servedBy: 'LEADER' });
  let records: LogRecord[] = [];
  const flush = async (): Promise<void> => {
    const writing = records;
    records = [];
    await log.append(writing);
    onLogged(writing.length);
  };
  try {
    for (const delivery of batch) {
      for await (const record of planRecords(collector.cursor, delivery, readMissing)) {
        collector.cursor = advance(collector.cursor, record);
        records.push(record);
        if (records.length >= RECORDS_MAX) await flush();
      }
    }
  } finally {
    if (records.length > 0) await flush();
  }
  await Promise.all(batch.map((delivery) => delivery.ack()));
  const last = batch.at(-1);
  if (last === undefined) return;
  onLag({ pending: last.pending + collector.waiting.length, ageMs: Math.max(0, clock.nowMs() - last.storedAtMs) });
}
