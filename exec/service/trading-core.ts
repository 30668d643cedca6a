/**
 * The trading core of one portfolio: everything that holds state, wired together and free of the bus.
 *
 * The service makes the core once the state is rebuilt, feeds it, and stores the events that it writes. After a restart no order trades before the
 * configuration, the halt record and a reconciliation are known. Then restored orders may trade, and exec sends accepted orders.
 */
import {
  assert,
  type Clock,
  type ConfigVersion,
  type ExecConfig,
  type ExecSnapshot,
  type ExecSnapshotRequest,
  type ExecStatus,
  FlotillaError,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { type ActiveConfig, activateConfig } from '../config/active-config.ts';
import { makeEngine, type Engine } from '../engine/engine.ts';
import type { EventSource, Recorded } from '../engine/execution-events.ts';
import { makeFlattener, type Flattener } from '../flatten/flattener.ts';
import { type GateState, gateStateOf } from '../gate/gate-state.ts';
import { type AccountHalt, makeAccountHalt } from '../halt/account-halt.ts';
import { makeStrategyHalts, type StrategyHalts } from '../halt/strategy-halts.ts';
import type { Market, MarketUpdate } from '../market/market.ts';
import { makeReconciler, type Reconciler } from '../reconcile/reconciler.ts';
import type { ExecState } from '../state/exec-state.ts';
import { makePaperVenue, type PaperVenue } from '../venues/paper/paper-venue.ts';
import { makeOrderCanceller, type OrderCanceller } from './cancel-orders.ts';
import { execStatusOf } from './exec-status.ts';
import type { ExecutionWriter } from './execution-writer.ts';
import { ordersToRestore, resolveUnknownOrders, settleOrders } from './recover-orders.ts';
import { type SnapshotInput, snapshotOf } from './snapshot.ts';

export interface TradingCoreOptions {
  readonly source: EventSource;
  readonly instance: string;
  readonly state: ExecState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: Pick<ExecutionWriter, 'write' | 'backlog'>;
  readonly onRecorded: (recorded: Recorded) => void;
  /** Time since exec last confirmed its limits; undefined before the first time. */
  readonly confirmationAgeMs: () => number | undefined;
  /** Looks at the halt record again if the last look is too old; resolves also when the look fails. */
  readonly freshenControl?: () => Promise<void>;
  /** The status has changed. A step of a halt is urgent. */
  readonly onChange: (urgent: boolean) => void;
  /** The halt record has fields that this build does not know. */
  readonly onUnknownFields?: (fields: readonly string[]) => void;
  /** The last error that ended an instance of the portfolio. */
  readonly lastCrash?: ExecStatus['lastCrash'];
}

export interface TradingCore {
  readonly engine: Engine;
  readonly halt: AccountHalt;
  readonly market: Market;
  readonly reconciler: Reconciler;
  config(): ActiveConfig | undefined;
  gate(): GateState;
  /** Closes the gate for ever: another instance owns the portfolio, or this instance ends. */
  disown(): void;
  /** From now on exec sends no order of its own. */
  stop(): void;
  /** @throws FlotillaError `NUMBER_TOO_PRECISE`; the previous configuration stays in force. */
  useConfig(config: ExecConfig, strategyProblems?: ReadonlyMap<string, string>): void;
  /** The configuration record of the highest generation that any instance has read. */
  newestConfig(): ConfigVersion | undefined;
  /** Keeps the version of a newer configuration record over restarts. */
  keepNewestConfig(version: ConfigVersion): void;
  /** The record does not confirm the configuration in force: exec denies increases of risk until a record does. */
  doubtConfig(problem: string): void;
  onMarket(update: MarketUpdate): void;
  /** Settles the orders that a crash left open, and reconciles. The caller has read the inputs of the gate once. */
  recover(): Promise<void>;
  status(): ExecStatus;
  /** One page; the last one has no `next`. */
  snapshot(request?: ExecSnapshotRequest): ExecSnapshot;
}

/** Bound on events that wait for the bus. Above it resting orders do not trade until the writer has caught up. */
const BACKLOG_MAX = 10_000;

/** The state of the core that is not in the fold. */
interface Standing {
  active: ActiveConfig | undefined;
  configProblem: string | undefined;
  isOwner: boolean;
  isRecovered: boolean;
  isTrading: boolean;
}

interface Parts {
  readonly market: Market;
  readonly venue: PaperVenue;
  readonly reconciler: Reconciler;
  readonly halt: AccountHalt;
  readonly engine: Engine;
  readonly canceller: OrderCanceller;
  readonly strategyHalts: StrategyHalts;
  readonly flattener: Flattener;
  readonly gate: () => GateState;
}

const AT_THE_START: Standing = {
  active: undefined,
  configProblem: 'no configuration has been read yet',
  isOwner: true,
  isRecovered: false,
  isTrading: false,
};

export function makeTradingCore(options: TradingCoreOptions): TradingCore {
  const { state, writer } = options;
  const standing: Standing = { ...AT_THE_START };
  const parts = makeParts(options, standing, () => void beginTrading());
  const { engine, halt, market, reconciler, venue, canceller, strategyHalts, flattener, gate } = parts;
  venue.restore(ordersToRestore(state), state.ledger.netQuantities);

  /** Begins once, as soon as configuration, halt and ledger are known. Each of them calls this function when it becomes known. */
  async function beginTrading(): Promise<void> {
    const { active, configProblem, isRecovered, isOwner, isTrading } = standing;
    const isKnown = active !== undefined && configProblem === undefined && halt.view().state !== 'UNKNOWN';
    if (isTrading || !isOwner || !isRecovered || !isKnown) return;
    standing.isTrading = true;
    await canceller.endUnsentOfGone(active);
    await resolveUnknownOrders(state, venue, engine);
    if (!standing.isOwner) return;
    venue.resume();
    flattener.start();
  }

  return {
    engine,
    halt,
    market,
    reconciler,
    config: () => standing.active,
    gate,
    disown() {
      standing.isOwner = false;
      flattener.stop();
    },
    stop: () => flattener.stop(),
    useConfig(config, strategyProblems) {
      const active = activateConfig(config, standing.active, strategyProblems);
      standing.active = active;
      standing.configProblem = undefined;
      canceller.cancelUntended(active);
      strategyHalts.useConfig(active);
      flattener.useConfig();
      options.onChange(true);
      void beginTrading();
    },
    newestConfig: () => state.newestConfig,
    keepNewestConfig(version) {
      state.newestConfig = version;
      keepInEvents(reconciler, standing);
    },
    doubtConfig(problem) {
      if (standing.configProblem === problem) return;
      standing.configProblem = problem;
      options.onChange(true);
    },
    onMarket(update) {
      if (standing.isOwner && writer.backlog() < BACKLOG_MAX) venue.onMarket(update);
    },
    async recover() {
      assert(!standing.isRecovered, 'a trading core recovers once');
      settleOrders(state, engine);
      await reconciler.run();
      standing.isRecovered = true;
      await beginTrading();
    },
    status: () => statusOf(options, standing, parts),
    snapshot: (request = {}) => snapshotOf(snapshotInput(options, standing, parts), request),
  };
}

function snapshotInput({ source, state, clock }: TradingCoreOptions, { active }: Standing, { market, gate }: Parts): SnapshotInput {
  return { portfolio: source.portfolio, state, market, config: active, tradingState: gate().tradingState, nowMs: clock.nowMs() };
}

function statusOf(options: TradingCoreOptions, standing: Standing, { halt, strategyHalts, flattener, gate }: Parts): ExecStatus {
  return execStatusOf({
    gate: gate(),
    nowMs: options.clock.nowMs(),
    source: options.source,
    instance: options.instance,
    state: options.state,
    config: standing.active,
    configProblem: standing.configProblem,
    halt,
    lastCrash: options.lastCrash,
    reportOf(strategy: string) {
      const [halted, flatten] = [strategyHalts.report(strategy), flattener.report(strategy)];
      return { ...(halted === undefined ? {} : { halt: halted }), ...(flatten === undefined ? {} : { flatten }) };
    },
  });
}

/** The parts use each other through functions, because venue, engine and gate depend on each other. */
function makeParts(options: TradingCoreOptions, standing: Standing, onHaltChange: () => void): Parts {
  const { source, state, clock, logger, writer } = options;
  const market: Market = new Map();
  const config = () => standing.active;
  const onUrgentChange = () => options.onChange(true);
  const venue: PaperVenue = makePaperVenue({
    clock,
    terms: () => config()?.config.venue.paper ?? { takerFeeBps: 0, makerFeeBps: 0, latencyMs: 0 },
    onReport: (report) => engine.onReport(report),
  });
  const reconciler = makeReconciler({ source, state, venue, clock, logger, write: writer.write });
  const gate = (): GateState =>
    gateStateOf({
      halt: halt.view(),
      haltConfirmedAtMs: halt.confirmedAtMs(),
      monotonicMs: clock.monotonicMs(),
      owner: standing.isOwner,
      reconciled: reconciler.matched(),
      configProblem: standing.configProblem,
    });
  const engine = makeEngine({
    source,
    state,
    market,
    clock,
    config,
    gate,
    confirmationAgeMs: options.confirmationAgeMs,
    venue: () => venue,
    write: writer.write,
    onRecorded(recorded) {
      options.onRecorded(recorded);
      options.onChange(false);
    },
  });
  const canceller = makeOrderCanceller({ state, venue, engine });
  const halt = wireAccountHalt(options, standing, { venue, engine, canceller, reconciler, onHaltChange });
  const strategyHalts = makeStrategyHalts({
    state,
    clock,
    logger,
    venue,
    cancelAllOf: (strategy, reason) => canceller.cancelAllOf(strategy, reason),
    onChange: onUrgentChange,
  });
  const freshenControl = options.freshenControl ?? (() => Promise.resolve());
  const flattener = makeFlattener({
    source,
    state,
    market,
    clock,
    logger,
    engine,
    config,
    gate,
    freshenControl,
    onChange: onUrgentChange,
  });
  return { market, venue, reconciler, halt, engine, canceller, strategyHalts, flattener, gate };
}

function wireAccountHalt(
  options: TradingCoreOptions,
  standing: Standing,
  {
    venue,
    engine,
    canceller,
    reconciler,
    onHaltChange,
  }: Pick<Parts, 'venue' | 'engine' | 'canceller' | 'reconciler'> & { onHaltChange: () => void },
): AccountHalt {
  const { source, state, clock, logger } = options;
  return makeAccountHalt({
    portfolio: source.portfolio,
    clock,
    logger,
    generations: state.haltGenerations,
    cancelResting: (mode, reason) => canceller.cancelResting(mode, reason),
    intolerable: async (mode) => (await venue.openOrders()).filter(({ orderId }) => mode !== 'ReduceOnly' || !engine.isReduction(orderId)),
    lastAcceptedAt: () => state.lastAcceptedAt,
    onChange() {
      options.onChange(true);
      onHaltChange();
    },
    onGenerations(generations) {
      state.haltGenerations = generations;
      keepInEvents(reconciler, standing);
    },
    onUnknownFields: options.onUnknownFields ?? (() => undefined),
  });
}

/** Writes a reconcile event, which keeps the newest control records. Before the recovery, the reconciliation of the recovery writes it. */
function keepInEvents(reconciler: Reconciler, { isRecovered, isOwner }: Standing): void {
  if (isRecovered && isOwner) void reconciler.run().catch(rethrowBug);
}

/** Ignores a lost fence, because the writer reports it and ends the process. */
function rethrowBug(error: unknown): void {
  if (!(error instanceof FlotillaError)) throw error;
}
