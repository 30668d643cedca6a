/**
 * The trading desk of one portfolio: everything that holds state, wired together and free of the bus.
 *
 * It exists from the moment the state is rebuilt; the service feeds it and lets it write.
 */
import type { Clock, ExecConfig, ExecSnapshot, ExecStatus, HaltRecord, StrategyReport } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { type ActiveConfig, activateConfig } from '../engine/active-config.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import type { EventSource, Recorded } from '../engine/execution-events.ts';
import { type GateState, gateStateOf } from '../gate/gate-state.ts';
import { createHaltDesk, type HaltDesk } from '../halt/halt-desk.ts';
import type { Market, MarketUpdate } from '../market/market.ts';
import { createReconciler, type Reconciler } from '../reconcile/reconciler.ts';
import type { ExecState } from '../state/exec-state.ts';
import { createFlattener } from '../strategies/flattener.ts';
import { createStrategyHalts } from '../strategies/strategy-halts.ts';
import { strategyReports } from '../strategies/strategy-reports.ts';
import { createPaperVenue, type PaperVenue } from '../venues/paper/paper-venue.ts';
import type { ExecutionWriter } from './execution-writer.ts';
import { ordersToRestore, resolveUnknownOrders, settleOrders } from './recover-orders.ts';
import { snapshotOf } from './snapshot.ts';

export interface DeskOptions {
  readonly source: EventSource;
  readonly instance: string;
  readonly state: ExecState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: Pick<ExecutionWriter, 'write' | 'backlog'>;
  readonly onRecorded: (recorded: Recorded) => void;
  /** Since exec last made sure of its limits; undefined before the first time. */
  readonly confirmationAgeMs: () => number | undefined;
  /** Makes sure that what is known of the halt is recent, if it can. */
  readonly freshenControl?: () => Promise<void>;
  /** The status changed; a halt's step is urgent. */
  readonly onChange: (urgent: boolean) => void;
}

export interface Desk {
  readonly engine: Engine;
  readonly halt: HaltDesk;
  readonly market: Market;
  readonly reconciler: Reconciler;
  config(): ActiveConfig | undefined;
  gate(): GateState;
  /** Closes the gate for good: another instance owns the portfolio. */
  disown(): void;
  /** Makes no order of its own any more. */
  stop(): void;
  useConfig(config: ExecConfig): void;
  onMarket(update: MarketUpdate): void;
  /** Settles what a crash left open, and reconciles; after the gate's inputs were read once. */
  recover(): Promise<void>;
  status(): ExecStatus;
  snapshot(): ExecSnapshot;
}

/** Events that wait for the bus at most; beyond it resting orders do not trade until it caught up. */
const BACKLOG_MAX = 10_000;

export function createDesk(options: DeskOptions): Desk {
  const { source, state, clock, logger, writer } = options;
  const market: Market = new Map();
  let active: ActiveConfig | undefined;
  let owner = true;
  const venue: PaperVenue = createPaperVenue({
    clock,
    terms: () => active?.config.venue.paper ?? { takerFeeBps: 0, makerFeeBps: 0, latencyMs: 0 },
    onReport: (report) => engine.onReport(report),
  });
  venue.restore(ordersToRestore(state), state.ledger.netQuantities);
  const reconciler = createReconciler({ source, state, venue, clock, logger, write: writer.write });
  const halt = createHaltDesk({
    portfolio: source.portfolio,
    clock,
    logger,
    cancelResting,
    intolerable: async (mode) => (await venue.openOrders()).filter(({ orderId }) => mode !== 'ReduceOnly' || !engine.isReduction(orderId)),
    lastAcceptedAt: () => state.lastAcceptedAt,
    onChange: () => options.onChange(true),
  });
  const gate = () =>
    gateStateOf({
      halt: halt.view(),
      haltConfirmedAtMs: halt.confirmedAtMs(),
      monotonicMs: clock.monotonicMs(),
      owner,
      reconciled: reconciler.matched(),
      configured: active !== undefined,
    });
  const engine = createEngine({
    source,
    state,
    market,
    clock,
    config: () => active,
    gate,
    confirmationAgeMs: options.confirmationAgeMs,
    venue: () => venue,
    write: writer.write,
    onRecorded(recorded) {
      options.onRecorded(recorded);
      options.onChange(false);
    },
  });

  function cancelResting(mode: NonNullable<HaltRecord['mode']>, reason: string): number {
    if (mode !== 'ReduceOnly') return venue.cancelAll(reason);
    return cancelWhere((orderId) => !engine.isReduction(orderId), reason);
  }

  function cancelWhere(matches: (orderId: string) => boolean, reason: string): number {
    const cancelled = [...state.orders.open.keys()].filter((orderId) => {
      if (!matches(orderId)) return false;
      venue.cancel(orderId, reason);
      return !state.orders.open.has(orderId);
    });
    return cancelled.length;
  }

  const strategyHalts = createStrategyHalts({
    state,
    clock,
    logger,
    venue,
    cancelAllOf: (strategy, reason) => cancelWhere((orderId) => strategyOf(orderId) === strategy, reason),
    onChange: () => options.onChange(true),
  });
  const flattener = createFlattener({
    source,
    state,
    market,
    clock,
    logger,
    engine,
    config: () => active,
    gate,
    freshenControl: options.freshenControl ?? (() => Promise.resolve()),
    onChange: () => options.onChange(true),
  });

  function strategyOf(orderId: string): string {
    return state.orders.open.get(orderId)?.strategy ?? '';
  }

  /** Nobody watches over the orders of a strategy that is gone; those of a paused one rest on. A halted one's are the halt's matter. */
  function cancelUntended({ strategies }: ActiveConfig): void {
    cancelWhere((orderId) => !strategies.has(strategyOf(orderId)), 'STRATEGY_UNKNOWN: the strategy is gone');
    cancelWhere((orderId) => strategies.get(strategyOf(orderId))?.mode === 'Flatten', 'STRATEGY_FLATTENING: exec closes its positions');
    const increases = (orderId: string) => strategies.get(strategyOf(orderId))?.mode === 'ReduceOnly' && !engine.isReduction(orderId);
    cancelWhere(increases, 'TRADING_REDUCE_ONLY: the strategy drains before its next revision begins');
  }

  function moreOf(strategy: string): Pick<StrategyReport, 'halt' | 'flatten'> {
    const [halted, flatten] = [strategyHalts.report(strategy), flattener.report(strategy)];
    return { ...(halted === undefined ? {} : { halt: halted }), ...(flatten === undefined ? {} : { flatten }) };
  }

  return {
    engine,
    halt,
    market,
    reconciler,
    config: () => active,
    gate,
    disown() {
      owner = false;
      flattener.stop();
    },
    stop: () => flattener.stop(),
    useConfig(config) {
      active = activateConfig(config, active);
      cancelUntended(active);
      strategyHalts.useConfig(active);
      flattener.useConfig();
      options.onChange(true);
    },
    onMarket(update) {
      if (owner && writer.backlog() < BACKLOG_MAX) venue.onMarket(update);
    },
    async recover() {
      settleOrders(state, engine);
      await reconciler.run();
      await resolveUnknownOrders(state, venue, engine);
      flattener.start();
    },
    status() {
      const { tradingState, code } = gate();
      const report = halt.report();
      return {
        schemaVersion: 1,
        portfolio: source.portfolio,
        instance: options.instance,
        epoch: source.epoch,
        tradingState,
        reason: code ?? '',
        ...(active === undefined ? {} : { configHash: active.config.configHash, policies: active.config.policies ?? [] }),
        openOrders: state.orders.open.size,
        ...(report === undefined ? {} : { halt: report }),
        ...(active === undefined ? {} : { strategies: [...strategyReports(state, active, moreOf)] }),
        updatedAt: new Date(clock.nowMs()).toISOString(),
      };
    },
    snapshot: () =>
      snapshotOf({
        portfolio: source.portfolio,
        state,
        market,
        config: active,
        tradingState: gate().tradingState,
        nowMs: clock.nowMs(),
      }),
  };
}
