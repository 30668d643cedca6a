/** Consumes one stream into the log: acknowledged is what is on disk. */
import {
  auditConsumer,
  AUDIT_IN_FLIGHT_MAX,
  type Bus,
  type Clock,
  type Consumption,
  type Delivery,
  FlotillaError,
  type StreamName,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import type { AuditLog } from '../log/audit-log.ts';
import type { LogRecord } from '../log/entry.ts';
import { advance, NO_CURSOR } from '../log/succession.ts';
import { planRecords } from './plan-records.ts';

/** Records handed to the log at once; a long hole is filled in pieces. */
const RECORDS_MAX = 1_000;
/**
 * How long the first record of a batch waits for company, unless half a batch is there already. Every batch costs an fsync on the disk that the
 * bus may share, and an order waits for the bus's; what is not logged yet is not acknowledged, so nothing hangs on the wait.
 */
const GATHER_MS = 100;
/** Between tries to open the consumer or to log a batch while the bus is away. */
const OPEN_DELAY_MS_MIN = 100;
const OPEN_DELAY_MS_MAX = 5_000;

export interface StreamCollector {
  /** Why it does not consume, or undefined. */
  problem(): string | undefined;
  /** Rejects when the log can no longer be written. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface CollectOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: AuditLog;
  readonly stream: StreamName;
  readonly onLogged: (records: number) => void;
  /** After each batch: messages of the stream that are not in the log yet, as far as the bus told, and how old the last one logged was. */
  readonly onLag: (lag: { readonly pending: number; readonly ageMs: number }) => void;
}

export function collectStream(options: CollectOptions): StreamCollector {
  const { bus, clock, logger, log, stream } = options;
  const stopping = new AbortController();
  let problem: string | undefined = `consumer of ${stream} not open yet`;
  let consumption: Consumption | undefined;
  let cursor = log.cursors().get(stream) ?? NO_CURSOR;
  let waiting: Delivery[] = [];
  let pumping: Promise<void> | undefined;

  const readMissing = (fromSequence: number, throughSequence: number) => bus.read(stream, { subject: '>', fromSequence, throughSequence });

  /** Logs a batch, then acknowledges it. The log is told of each record once, also when the bus fails half-way. */
  async function logBatch(batch: readonly Delivery[]): Promise<void> {
    let records: LogRecord[] = [];
    const flush = async (): Promise<void> => {
      const writing = records;
      records = [];
      await log.append(writing);
      options.onLogged(writing.length);
    };
    try {
      for (const delivery of batch) {
        for await (const record of planRecords(cursor, delivery, readMissing)) {
          cursor = advance(cursor, record);
          records.push(record);
          if (records.length >= RECORDS_MAX) await flush();
        }
      }
    } finally {
      if (records.length > 0) await flush();
    }
    await Promise.all(batch.map((delivery) => delivery.ack()));
    const last = batch.at(-1);
    if (last !== undefined) options.onLag({ pending: last.pending + waiting.length, ageMs: Math.max(0, clock.nowMs() - last.storedAtMs) });
  }

  async function pump(): Promise<void> {
    while (waiting.length > 0) {
      if (waiting.length < RECORDS_MAX / 2) await clock.sleep(GATHER_MS, stopping.signal).catch(() => undefined);
      const batch = waiting;
      waiting = [];
      try {
        await logBatch(batch);
        problem = undefined;
      } catch (cause) {
        if (!(cause instanceof FlotillaError) || cause.retry === 'terminal' || cause.code === 'HANDLER_FAILED') throw cause;
        // The bus went away in between. What is in the log already will be a duplicate at the next try.
        problem = cause.message;
        logger.warn({ err: cause, stream }, 'a batch is tried again');
        waiting = [...batch, ...waiting];
        await clock.sleep(OPEN_DELAY_MS_MIN, stopping.signal).catch(() => undefined);
        if (stopping.signal.aborted) return;
      }
    }
  }

  async function consume(): Promise<void> {
    consumption = await openWithPatience();
    if (consumption === undefined) return;
    const failed = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const delivery of consumption) {
        waiting.push(delivery);
        pumping ??= pump()
          .catch((cause: unknown) => failed.reject(cause))
          .finally(() => {
            pumping = undefined;
          });
      }
    })();
    await Promise.race([reading, failed.promise]);
    await pumping;
  }

  async function openWithPatience(): Promise<Consumption | undefined> {
    let delayMs = OPEN_DELAY_MS_MIN;
    while (!stopping.signal.aborted) {
      try {
        const opened = await bus.consume(stream, auditConsumer(stream).name, { maxInFlight: AUDIT_IN_FLIGHT_MAX, resume: 'ackFloor' });
        problem = undefined;
        return opened;
      } catch (cause) {
        problem = `${stream}: ${cause instanceof Error ? cause.message : String(cause)}`;
        logger.debug({ err: cause, stream }, 'consumer cannot be opened yet');
        await clock.sleep(delayMs, stopping.signal).catch(() => undefined);
        delayMs = Math.min(delayMs * 2, OPEN_DELAY_MS_MAX);
      }
    }
    return undefined;
  }

  const ended = consume();
  return {
    problem: () => problem ?? consumptionProblem(consumption),
    ended,
    async stop() {
      stopping.abort();
      await consumption?.stop();
      await ended.catch(() => undefined);
      await pumping;
    },
  };
}

function consumptionProblem(consumption: Consumption | undefined): string | undefined {
  return consumption?.problem?.();
}
