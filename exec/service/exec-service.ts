/**
 * The order of a start: own the portfolio ▸ rebuild ▸ configuration and prices ▸ halt record ▸ resolve what a crash left open ▸ reconcile ▸
 * consume. exec waits for each missing part, and takes no intent before all parts are there.
 */
import {
  type Clock,
  encodeEvent,
  EXEC_IN_FLIGHT_MAX,
  execConsumer,
  execSnapshotRequestSchema,
  FlotillaError,
  readRecordBytes,
  type Rng,
  subjects,
} from '@flotilla/contracts';
import { type Logger, type Metrics, type NatsBus, openBucket, startConsumer, type Tracing } from '@flotilla/runtime';
import { retryWithBackOff } from '@flotilla/runtime/retry/retry-with-back-off.ts';
import { type ConfigWatch, watchConfig } from '../config/watch-config.ts';
import { type HaltWatch, watchHalt } from '../halt/watch-halt.ts';
import type { MarketUpdate } from '../market/market.ts';
import { readLastCrash, reportCrash } from './crash-report.ts';
import { makeExecMetrics, type ExecMetrics, watchExecStatus } from './exec-metrics.ts';
import { makeExecutionWriter, type ExecutionWriter } from './execution-writer.ts';
import { makeIntentHandler } from './handle-intent.ts';
import { makeMarketFeed } from './market-feed.ts';
import { type CheckpointKeeper, makeCheckpointKeeper } from '../checkpoints/checkpoint-keeper.ts';
import { openCheckpointStore } from '../checkpoints/checkpoint-store.ts';
import { rebuildState } from './rebuild.ts';
import { makeReportUnknownFields } from './report-unknown-fields.ts';
import { startStatusReporter, type StatusReporter } from './status-reporter.ts';
import { type Ownership, takeOver } from './take-over.ts';
import { makeTradingCore, type TradingCore } from './trading-core.ts';

export interface ExecServiceOptions {
  readonly bus: NatsBus;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly portfolio: string;
  readonly instance: string;
  readonly revision: string;
  /** Replicas of the streams; undefined when they are not known. */
  readonly streamReplicas: number | undefined;
  /** Called when the instance has lost the portfolio or has met a bug: the process must end. */
  readonly onFatal: (error: unknown) => void;
}

export interface ExecService {
  /** Why exec does not trade at the moment; undefined when exec trades. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

/** Longest wait at the end for events that are not stored yet. */
const FLUSH_MS_MAX = 5_000;
const FLUSH_LOOK_MS = 5;
/** Longest wait at the end for a checkpoint. Without it the next instance reads a few events more. */
const SAVE_MS_MAX = 2_000;
/** Longest wait for a crash to be named in STATUS. */
const CRASH_REPORT_MS_MAX = 1_000;
const START_DELAYS = { firstMs: 50, maxMs: 2_000 } as const;

type Stop = () => Promise<void> | void;

/** Options and hooks that every stage of a start needs. */
interface Start extends ExecServiceOptions {
  readonly signal: AbortSignal;
  readonly onStop: (stop: Stop) => void;
  readonly setProblem: (problem: () => string | undefined) => void;
}

/** The parts that the stages share. Each stage fills in its own part. */
interface Trading {
  readonly core: TradingCore;
  readonly writer: ExecutionWriter;
  readonly metrics: ExecMetrics;
  readonly keeper: CheckpointKeeper;
  readonly reportUnknownFields: ReturnType<typeof makeReportUnknownFields>;
  configWatch?: ConfigWatch;
  haltWatch?: HaltWatch;
  reporter?: StatusReporter;
}

/** Returns at once and starts in the background. */
export function startExecService(options: ExecServiceOptions): ExecService {
  const stopping = new AbortController();
  const stops: Stop[] = [];
  let problem: () => string | undefined = () => 'starting';
  const onFatal = makeOnFatal(options, stopping.signal);
  const started = start({
    ...options,
    onFatal,
    signal: stopping.signal,
    onStop: (stop) => void stops.push(stop),
    setProblem(value) {
      problem = value;
    },
  }).catch((error: unknown) => {
    if (!stopping.signal.aborted) onFatal(error);
  });
  return {
    problem: () => problem(),
    async stop() {
      stopping.abort(new FlotillaError('BUS_UNAVAILABLE', 'exec stops'));
      await started;
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

async function start(context: Start): Promise<void> {
  const { setProblem, signal, bus, portfolio } = context;
  const ownership = await own(context);
  if (ownership === undefined) return;
  const trading = await rebuild(context, ownership);
  setProblem(() => 'waiting for the CONFIG bucket');
  await followConfig(context, trading);
  setProblem(() => 'waiting for the CONTROL bucket');
  await followHalt(context, trading);
  setProblem(() => 'recovering');
  await trading.core.recover();
  const reporter = startReporting(context, trading);
  const snapshots = bus.respond(subjects.execSnapshot(portfolio), (payload) => Promise.resolve(answerSnapshot(trading.core, payload)));
  context.onStop(() => snapshots.unsubscribe());
  trading.core.reconciler.keepRunning(signal).catch((error: unknown) => {
    // The writer has reported a lost fence.
    if (!(error instanceof FlotillaError)) context.onFatal(error);
  });
  trading.keeper.keepSaving(signal).catch(context.onFatal);
  // Increases wait for a stored report; the first one takes milliseconds.
  await reporter.tried;
  if (!signal.aborted) await consumeIntents(context, trading);
}

/** Undefined when exec was told to stop meanwhile. */
async function own(context: Start): Promise<Ownership | undefined> {
  const { bus, portfolio, instance, logger } = context;
  const checkpoints = openCheckpointStore(openBucket(bus, 'EXEC_CHECKPOINTS'), portfolio);
  const ownership = await takeOver({ ...context, lastEpoch: () => checkpoints.lastEpoch(), onProblem: problemOf(context) });
  if (ownership === undefined) return undefined;
  const { epoch, fence } = ownership;
  const alive = bus.respond(subjects.execAlive(portfolio), () => Promise.resolve(encodeEvent({ instance, epoch })));
  context.onStop(() => alive.unsubscribe());
  logger.info({ epoch, sequence: fence.sequence }, 'portfolio taken over');
  return ownership;
}

async function rebuild(context: Start, { epoch, fence }: Ownership): Promise<Trading> {
  const { bus, clock, logger, portfolio, instance, revision, streamReplicas } = context;
  const store = openCheckpointStore(openBucket(bus, 'EXEC_CHECKPOINTS'), portfolio);
  let isTold = false;
  const rebuildOnce = async () => {
    try {
      return await rebuildState({ bus, checkpoints: store, logger, portfolio, throughSequence: fence.sequence, nowMs: clock.nowMs() });
    } catch (error) {
      // Nothing else tells a person who looks at the Portfolio, because exec does not report before it has its account.
      if (error instanceof FlotillaError && error.code === 'HISTORY_INCOMPLETE' && !isTold) {
        await reportCrash(openBucket(bus, 'STATUS'), portfolio, clock, error);
        isTold = true;
      }
      throw error;
    }
  };
  const { state, slot, eventsRead } = await retryWithBackOff(rebuildOnce, {
    ...context,
    operation: `rebuild portfolio ${portfolio}`,
    delays: START_DELAYS,
    triesMax: 'untilAborted',
    onProblem: problemOf(context),
  });
  const writer = makeExecutionWriter({
    bus,
    clock,
    rng: context.rng,
    logger,
    fence,
    streamReplicas,
    onLost(error) {
      trading.core.disown();
      context.onFatal(error);
    },
  });
  logger.info(
    { slot, eventsRead },
    slot === undefined ? 'rebuilt from all executions' : 'rebuilt from a checkpoint and the executions after it',
  );
  const keeper = makeCheckpointKeeper({ store, writer, state, clock, logger, epoch, basedOn: slot, eventsRead });
  const metrics = makeExecMetrics(context.metrics);
  const reportUnknownFields = makeReportUnknownFields(context.metrics, logger);
  const core = makeTradingCore({
    source: { portfolio, epoch, revision },
    instance,
    state,
    clock,
    logger,
    writer,
    onRecorded(recorded) {
      metrics.onRecorded(recorded);
      keeper.onEvent();
    },
    confirmationAgeMs: () => limitsAgeMs(trading),
    onChange: (urgent) => trading.reporter?.changed(urgent),
    freshenControl: async () => trading.haltWatch?.freshen(),
    onUnknownFields: (fields) => reportUnknownFields('halt', fields),
    lastCrash: await readLastCrash(openBucket(bus, 'STATUS'), portfolio).catch(ignoreOutage),
  });
  const trading: Trading = { core, writer, metrics, keeper, reportUnknownFields };
  watchExecStatus(
    context.metrics,
    () => core.status(),
    () => keeper.ageS(),
  );
  context.onStop(() => flush(trading, context));
  context.onStop(() => core.stop());
  return trading;
}

async function followConfig(context: Start, trading: Trading): Promise<void> {
  const { bus, clock, logger, portfolio, signal } = context;
  const { core } = trading;
  const feed = makeMarketFeed({
    bus,
    clock,
    logger,
    market: core.market,
    onUpdate: (update: MarketUpdate) => endingOnBug(context, () => core.onMarket(update)),
  });
  context.onStop(() => feed.stop());
  let following = Promise.resolve();
  const watching = watchConfig({
    bucket: openBucket(bus, 'CONFIG', { servedBy: 'LEADER' }),
    portfolio,
    clock,
    logger,
    newest: core.newestConfig(),
    onNewest: (version) => core.keepNewestConfig(version),
    onConfig({ config, strategyProblems }) {
      core.useConfig(config, strategyProblems);
      following = feed.follow(core.config()?.instruments ?? new Map());
    },
    onProblem: (problem) => core.doubtConfig(problem),
    onUnknownFields: (fields) => trading.reportUnknownFields('config', fields),
  });
  const configWatch = await unlessAborted(signal, watching);
  context.onStop(() => configWatch.unsubscribe());
  trading.configWatch = configWatch;
  await following;
}

async function followHalt(context: Start, trading: Trading): Promise<void> {
  const { bus, clock, portfolio, signal } = context;
  const control = openBucket(bus, 'CONTROL', { servedBy: 'LEADER' });
  const haltWatch = await unlessAborted(signal, watchHalt({ control, portfolio, clock, halt: trading.core.halt }));
  context.onStop(() => haltWatch.stop());
  trading.haltWatch = haltWatch;
}

function startReporting(context: Start, trading: Trading): StatusReporter {
  const { bus, clock, logger, portfolio } = context;
  const reporter = startStatusReporter({
    bucket: openBucket(bus, 'STATUS'),
    portfolio,
    clock,
    logger,
    status: () => trading.core.status(),
  });
  context.onStop(() => reporter.stop());
  trading.reporter = reporter;
  return reporter;
}

/** Time since exec last read its configuration and last reported the limits that it runs, whichever is older. Undefined before both. */
function limitsAgeMs({ configWatch, reporter }: Trading): number | undefined {
  const [lookMs, reportMs] = [configWatch?.ageMs(), reporter?.ageMs()];
  return lookMs === undefined || reportMs === undefined ? undefined : Math.max(lookMs, reportMs);
}

/** @throws FlotillaError `EVENT_MALFORMED` for a request that is not empty and cannot be read. */
function answerSnapshot(core: TradingCore, payload: Uint8Array): Uint8Array {
  if (payload.byteLength === 0) return encodeEvent(core.snapshot());
  const request = readRecordBytes(execSnapshotRequestSchema, payload);
  if (!request.ok) throw new FlotillaError('EVENT_MALFORMED', `expected an empty request or one for a page, found: ${request.problem}`);
  return encodeEvent(core.snapshot(request.value));
}

async function consumeIntents(context: Start, { core, writer, metrics, haltWatch }: Trading): Promise<void> {
  const { bus, portfolio, onFatal } = context;
  const definition = execConsumer(portfolio);
  const consumer = await startConsumer({
    ...context,
    service: 'exec',
    stream: definition.stream,
    consumer: definition.name,
    type: 'decisions.order_intent',
    maxInFlight: EXEC_IN_FLIGHT_MAX,
    ordering: 'strict',
    operation: 'exec.intent',
    handle: makeIntentHandler({
      engine: core.engine,
      metrics,
      onRefused: () => core.halt.onRefused(),
      freshenControl: async () => haltWatch?.freshen(),
      isGateClosed: () => core.gate().tradingState !== 'ACTIVE',
    }),
  });
  consumer.ended.catch(onFatal);
  context.onStop(() => consumer.stop());
  context.setProblem(
    () => bus.problem() ?? writer.problem() ?? consumer.healthy() ?? (core.config() === undefined ? 'no configuration yet' : undefined),
  );
}

/** Ends the process once. Reports the reason in STATUS before, unless another instance owns the portfolio and reports itself. */
function makeOnFatal(options: ExecServiceOptions, signal: AbortSignal): (error: unknown) => void {
  let isEnding = false;
  return (cause) => {
    if (isEnding) return;
    isEnding = true;
    if (signal.aborted || (cause instanceof FlotillaError && cause.code === 'FENCED')) options.onFatal(cause);
    else void endWithReport(options, cause);
  };
}

async function endWithReport({ bus, clock, portfolio, onFatal, logger }: ExecServiceOptions, cause: unknown): Promise<void> {
  const patience = clock.sleep(CRASH_REPORT_MS_MAX);
  try {
    await Promise.race([reportCrash(openBucket(bus, 'STATUS'), portfolio, clock, cause), patience]);
  } catch (failure) {
    logger.warn({ err: failure }, 'the reason of the crash could not be reported');
  }
  onFatal(cause);
}

/** Stores what is not stored yet, and saves the state, so that the next instance has nothing to read. */
async function flush({ writer, keeper }: Trading, { clock, logger }: Start): Promise<void> {
  const deadlineMs = clock.monotonicMs() + FLUSH_MS_MAX;
  while (writer.backlog() > 0 && clock.monotonicMs() < deadlineMs) await clock.sleep(FLUSH_LOOK_MS);
  const saved = keeper.save().catch((error: unknown) => logger.warn({ err: error }, 'the state of exec was not saved at the end'));
  await Promise.race([saved, clock.sleep(SAVE_MS_MAX)]);
}

/** For a callback of the bus client, which must not swallow a bug. */
function endingOnBug({ onFatal }: Start, work: () => void): void {
  try {
    work();
  } catch (error) {
    onFatal(error);
  }
}

function problemOf({ setProblem }: Start): (problem: string | undefined) => void {
  return (problem) => setProblem(() => problem ?? 'starting');
}

function ignoreOutage(error: unknown): undefined {
  if (!(error instanceof FlotillaError)) throw error;
  return undefined;
}

/** Ends a wait without a bound when `signal` aborts. @throws the signal's reason. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, aborted]);
}
