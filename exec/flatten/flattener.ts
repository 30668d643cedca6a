/**
 * Closes the positions of strategies in mode Flatten. Their other orders were cancelled when the mode came into force.
 *
 * Each closing order takes the same way as an agent's order: recorded first, then the same checks and the same gate. The flattener keeps no
 * state that must survive the process. The positions that are left follow from the fold, and the id of an order from the number of orders in
 * the fold. So an instance that takes over sends no order twice.
 */
import type { Clock, DenialCode, StrategyReport } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import { formatTime } from '@flotilla/contracts/values/format-time.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import type { StrategyConfig } from '../config/strategy-config.ts';
import type { Engine } from '../engine/engine.ts';
import type { EventSource } from '../engine/execution-events.ts';
import type { GateState } from '../gate/gate-state.ts';
import { gateOfStrategy } from '../gate/strategy-gate.ts';
import { positionOf } from '../ledger/ledger.ts';
import type { Market } from '../market/market.ts';
import { countersOf, type ExecState } from '../state/exec-state.ts';
import { messagesWithinSecond } from '../state/message-log.ts';
import { isDue, nextAttempt } from './attempt.ts';
import { flattenIntent } from './flatten-intent.ts';
import { type Flattening, makeFlattening, reportOf } from './flattening.ts';
import { type FlattenStep, nextFlattenStep } from './next-step.ts';
import { openPositionsOf } from './open-positions.ts';
import type { FlattenOrder } from './plan-flatten.ts';

export interface FlattenerOptions {
  readonly source: EventSource;
  readonly state: ExecState;
  readonly market: Market;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: Pick<Engine, 'decide' | 'submit'>;
  readonly config: () => ActiveConfig | undefined;
  readonly gate: () => GateState;
  /** Looks at the halt record again if the last look is too old; resolves also when the look fails. */
  readonly freshenControl: () => Promise<void>;
  readonly onChange: () => void;
}

export interface Flattener {
  /** Takes the strategies to flatten from the configuration in force. */
  useConfig(): void;
  /** Allows orders, from the moment at which everything that a crash left open is settled. */
  start(): void;
  report(strategy: string): StrategyReport['flatten'];
  stop(): void;
}

/** Time between two looks while a strategy is not flat yet. */
const LOOK_MS = 50;

export function makeFlattener(options: FlattenerOptions): Flattener {
  const { clock, logger, config, onChange } = options;
  const running = new Map<string, Flattening>();
  let started = false;
  let cancelTimer: () => void = () => undefined;

  const strategiesToFlatten = (): readonly StrategyConfig[] =>
    [...(config()?.strategies.values() ?? [])].filter(({ mode, desiredState }) => mode === 'Flatten' && desiredState === 'Running');

  function look(): void {
    cancelTimer();
    if (!started) return;
    for (const strategy of strategiesToFlatten()) {
      const flattening = running.get(strategy.name);
      if (flattening !== undefined && flattening.flattenedAt === undefined) takeStep(strategy, flattening);
    }
    if ([...running.values()].some(({ flattenedAt }) => flattenedAt === undefined)) cancelTimer = clock.after(LOOK_MS, look);
  }

  function takeStep(strategy: StrategyConfig, flattening: Flattening): void {
    const step = stepOf(strategy, flattening, options);
    if (step.kind === 'WAIT') return waitFor(flattening, step.waitsFor);
    if (step.kind === 'SEND') {
      for (const order of step.orders) waitFor(flattening, sendOrder(order, strategy, flattening, options));
      return;
    }
    flattening.flattenedAt = formatTime(clock.nowMs());
    flattening.waitsFor = undefined;
    logger.info({ strategy: strategy.name, orderCount: flattening.orderCount }, 'strategy flattened');
    onChange();
  }

  function waitFor(flattening: Flattening, code: DenialCode | undefined): void {
    if (flattening.waitsFor === code) return;
    flattening.waitsFor = code;
    onChange();
  }

  return {
    useConfig() {
      const names = new Set(strategiesToFlatten().map(({ name }) => name));
      for (const name of running.keys()) if (!names.has(name)) running.delete(name);
      for (const name of names) if (!running.has(name)) running.set(name, makeFlattening(clock.nowMs()));
      look();
    },
    start() {
      started = true;
      look();
    },
    report: (strategy) => reportOf(running.get(strategy)),
    stop() {
      started = false;
      cancelTimer();
    },
  };
}

function stepOf(strategy: StrategyConfig, { attempts }: Flattening, options: FlattenerOptions): FlattenStep {
  const { state, market, clock } = options;
  const nowMs = clock.monotonicMs();
  return nextFlattenStep({
    positions: openPositionsOf(strategy.name, { state, market, config: options.config() }),
    hasOpenOrders: [...state.orders.open.values()].some((order) => order.strategy === strategy.name),
    isDue: ({ instrument, quantity }) =>
      isDue(attempts.get(instrument), { quantity, pricedAtMs: market.get(instrument)?.receivedAtMs, nowMs }),
    policy: strategy.policy,
    messagesWithinSecond: messagesWithinSecond(state.messages, strategy.name, clock.nowMs()),
    gate: gateOfStrategy(options.gate(), strategy, true),
  });
}

/** Gives the code of the first denial; undefined: the order goes out. */
function sendOrder(
  order: FlattenOrder,
  strategy: StrategyConfig,
  flattening: Flattening,
  { source, state, market, clock, engine, freshenControl }: FlattenerOptions,
): DenialCode | undefined {
  const { instrument } = order;
  const { quantity } = positionOf(state.ledger, strategy.name, instrument);
  const at = { quantity, pricedAtMs: market.get(instrument)?.receivedAtMs, nowMs: clock.monotonicMs() };
  flattening.attempts.set(instrument, nextAttempt(flattening.attempts.get(instrument), at));
  const intent = flattenIntent(order, strategy, countersOf(state, strategy.name), source, clock.nowMs());
  const decision = engine.decide(intent, {
    by: 'EXEC',
    subjectStrategy: strategy.name,
    causationId: undefined,
    traceparent: undefined,
  });
  if (decision.kind === 'DENIED') return decision.denials[0]?.code;
  flattening.orderCount += 1;
  if (decision.kind === 'ACCEPTED') {
    const { orderId } = decision.order;
    // The writer reports a lost fence and ends the process, so a failure needs no second report.
    void decision.written
      .then(freshenControl)
      .then(() => engine.submit(orderId))
      .catch(() => undefined);
  }
  return undefined;
}
