/**
 * The order of a start: own the portfolio ▸ rebuild ▸ configuration and prices ▸ halt record ▸ resolve what a crash left open ▸ reconcile ▸
 * consume. Whatever is missing is waited for; until it is there no intent is taken.
 */
import { type Clock, encodeEvent, EXEC_IN_FLIGHT_MAX, execConsumer, FlotillaError, type Rng, subjects } from '@flotilla/contracts';
import { type Logger, type Metrics, type NatsBus, openBucket, startConsumer, type Tracing } from '@flotilla/runtime';
import { watchHalt } from '../halt/watch-halt.ts';
import type { MarketUpdate } from '../market/market.ts';
import { createDesk } from './desk.ts';
import { createExecMetrics, watchExecStatus } from './exec-metrics.ts';
import { createExecutionWriter } from './execution-writer.ts';
import { makeIntentHandler } from './handle-intent.ts';
import { createMarketFeed } from './market-feed.ts';
import { rebuildState } from './rebuild.ts';
import { startStatusReporter } from './status-reporter.ts';
import { takeOver } from './take-over.ts';
import { untilDone } from './until-done.ts';
import { watchConfig } from './watch-config.ts';

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
  /** The instance lost the portfolio, or a bug: the process must end. */
  readonly onFatal: (error: unknown) => void;
}

export interface ExecService {
  /** Why it does not trade at the moment; undefined when it does. */
  problem(): string | undefined;
  stop(): Promise<void>;
}

/** Longest wait at the end for events that are not stored yet. */
const FLUSH_MS_MAX = 5_000;
const FLUSH_LOOK_MS = 5;

/** Resolves at once; starts in the background. */
export function startExecService(options: ExecServiceOptions): ExecService {
  const stopping = new AbortController();
  const stops: (() => Promise<void> | void)[] = [];
  let problem: () => string | undefined = () => 'starting';
  const started = start(options, stopping.signal, stops, (value) => {
    problem = value;
  }).catch((error: unknown) => {
    if (!stopping.signal.aborted) options.onFatal(error);
  });
  return {
    problem: () => problem(),
    async stop() {
      stopping.abort(new Error('stopping'));
      await started;
      for (const stop of stops.toReversed()) await stop();
    },
  };
}

async function start(
  options: ExecServiceOptions,
  signal: AbortSignal,
  stops: (() => Promise<void> | void)[],
  setProblem: (problem: () => string | undefined) => void,
): Promise<void> {
  const { bus, clock, logger, portfolio, instance, revision } = options;
  const onProblem = (problem: string | undefined) => setProblem(() => problem ?? 'starting');
  const ownership = await takeOver({ ...options, signal, onProblem });
  if (ownership === undefined) return;
  const { epoch, fence } = ownership;
  const alive = bus.respond(subjects.execAlive(portfolio), () => Promise.resolve(encodeEvent({ instance, epoch })));
  stops.push(() => alive.unsubscribe());
  logger.info({ epoch, sequence: fence.sequence }, 'portfolio taken over');

  const state = await untilDone(() => rebuildState(bus, portfolio, fence.sequence, clock.nowMs()), { clock, signal, onProblem });
  const writer = createExecutionWriter({
    bus,
    clock,
    logger,
    fence,
    onFenced(error) {
      desk.disown();
      options.onFatal(error);
    },
  });
  let onChange: (urgent: boolean) => void = () => undefined;
  let freshenControl: () => Promise<void> = () => Promise.resolve();
  let confirmationAgeMs: () => number | undefined = () => undefined;
  const metrics = createExecMetrics(options.metrics);
  const desk = createDesk({
    source: { portfolio, epoch, revision },
    instance,
    state,
    clock,
    logger,
    writer,
    onRecorded: (recorded) => metrics.onRecorded(recorded),
    confirmationAgeMs: () => confirmationAgeMs(),
    onChange: (urgent) => onChange(urgent),
    freshenControl: () => freshenControl(),
  });
  watchExecStatus(options.metrics, () => desk.status());
  stops.push(() => flush());
  stops.push(() => desk.stop());

  async function flush(): Promise<void> {
    const deadlineMs = clock.monotonicMs() + FLUSH_MS_MAX;
    while (writer.backlog() > 0 && clock.monotonicMs() < deadlineMs) await clock.sleep(FLUSH_LOOK_MS);
  }

  /** Runs in a callback of the bus client, which must not swallow a bug. */
  function onMarket(update: MarketUpdate): void {
    try {
      desk.onMarket(update);
    } catch (error) {
      options.onFatal(error);
    }
  }

  setProblem(() => 'waiting for the CONFIG bucket');
  const feed = createMarketFeed({ bus, clock, logger, market: desk.market, onUpdate: onMarket });
  stops.push(() => feed.stop());
  let following = Promise.resolve();
  const configWatch = await unlessAborted(
    signal,
    watchConfig({
      bucket: openBucket(bus, 'CONFIG', { servedBy: 'LEADER' }),
      portfolio,
      clock,
      logger,
      onConfig(config) {
        desk.useConfig(config);
        following = feed.follow(desk.config()?.instruments ?? new Map());
      },
    }),
  );
  stops.push(() => configWatch.unsubscribe());
  await following;

  setProblem(() => 'waiting for the CONTROL bucket');
  const haltWatch = await unlessAborted(
    signal,
    watchHalt({ control: openBucket(bus, 'CONTROL', { servedBy: 'LEADER' }), portfolio, clock, desk: desk.halt }),
  );
  stops.push(() => haltWatch.stop());
  freshenControl = () => haltWatch.freshen();

  setProblem(() => 'recovering');
  await desk.recover();
  const reporter = startStatusReporter({ bucket: openBucket(bus, 'STATUS'), portfolio, clock, logger, status: () => desk.status() });
  onChange = (urgent) => reporter.changed(urgent);
  confirmationAgeMs = () => {
    const [lookMs, reportMs] = [configWatch.ageMs(), reporter.ageMs()];
    return lookMs === undefined || reportMs === undefined ? undefined : Math.max(lookMs, reportMs);
  };
  stops.push(() => reporter.stop());
  const snapshots = bus.respond(subjects.execSnapshot(portfolio), () => Promise.resolve(encodeEvent(desk.snapshot())));
  stops.push(() => snapshots.unsubscribe());
  desk.reconciler.keepRunning(signal).catch((error: unknown) => {
    // A lost fence was reported by the writer.
    if (!(error instanceof FlotillaError)) options.onFatal(error);
  });
  // Increases wait for a stored report; the first one is a matter of milliseconds.
  await reporter.tried;
  if (signal.aborted) return;

  const definition = execConsumer(portfolio);
  const consumer = await startConsumer({
    ...options,
    service: 'exec',
    stream: definition.stream,
    consumer: definition.name,
    type: 'decisions.order_intent',
    maxInFlight: EXEC_IN_FLIGHT_MAX,
    ordering: 'strict',
    operation: 'exec.intent',
    handle: makeIntentHandler({
      engine: desk.engine,
      metrics,
      onRefused: () => desk.halt.onRefused(),
      freshenControl: () => haltWatch.freshen(),
      isGateClosed: () => desk.gate().tradingState !== 'ACTIVE',
    }),
  });
  consumer.ended.catch(options.onFatal);
  stops.push(() => consumer.stop());
  setProblem(
    () => bus.problem() ?? writer.problem() ?? consumer.healthy() ?? (desk.config() === undefined ? 'no configuration yet' : undefined),
  );
}

/** For what waits without a bound. @throws the signal's reason. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, aborted]);
}
