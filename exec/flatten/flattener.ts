/**
 * Closes the positions of strategies in mode Flatten: their orders were cancelled when the mode came, then one order after the other goes
 * the same way as an agent's, recorded first, through the same checks and the same gate.
 *
 * It has no memory that matters: what is left to do follows from the fold, and an order's id from how many orders the fold holds, so a
 * process that dies half-way and its heir send each order once.
 */
import {
  type Clock,
  type DenialCode,
  flattenOrderId,
  formatUnits,
  larger,
  type OrderIntent,
  SCHEMA_VERSION,
  type StrategyReport,
} from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import type { StrategyConfig } from '../config/strategy-config.ts';
import type { ActiveConfig } from '../config/active-config.ts';
import { accountExposureOf } from '../engine/exposure-of.ts';
import type { Engine } from '../engine/engine.ts';
import type { EventSource } from '../engine/execution-events.ts';
import type { GateState } from '../gate/gate-state.ts';
import { gateOfStrategy } from '../gate/strategy-gate.ts';
import { positionOf } from '../ledger/ledger.ts';
import type { Market } from '../market/market.ts';
import { openOf } from '../orders/order-book.ts';
import { countersOf, type ExecState } from '../state/exec-state.ts';
import { messagesWithinSecond } from '../state/message-log.ts';
import { type FlattenOrder, type OpenPosition, planFlatten } from './plan-flatten.ts';

export interface FlattenerOptions {
  readonly source: EventSource;
  readonly state: ExecState;
  readonly market: Market;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly engine: Pick<Engine, 'decide' | 'submit'>;
  readonly config: () => ActiveConfig | undefined;
  readonly gate: () => GateState;
  /** Makes sure that what is known of the halt is recent, if it can. */
  readonly freshenControl: () => Promise<void>;
  readonly onChange: () => void;
}

export interface Flattener {
  /** Takes over which strategies are to be flattened. */
  useConfig(): void;
  /** What a crash left open is settled: from now on orders go out. */
  start(): void;
  report(strategy: string): StrategyReport['flatten'];
  stop(): void;
}

/** How often it looks while something is left to do. */
const LOOK_MS = 50;
/** After an order that closed nothing: no quantity was shown, or a check denied it. */
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 5_000;
/** An order that cannot be sent within this is given up, and made anew. */
const ORDER_VALID_MS = 10_000;

interface Attempt {
  /** Position that the last order was made for. */
  readonly quantity: bigint;
  readonly delayMs: number;
  readonly sentAtMs: number;
  /** Of the price that it was made by. */
  readonly pricedAtMs: number | undefined;
}

interface Flattening {
  readonly startedAt: string;
  orderCount: number;
  flattenedAt: string | undefined;
  waitsFor: DenialCode | undefined;
  /** By instrument. */
  readonly attempts: Map<string, Attempt>;
}

export function makeFlattener(options: FlattenerOptions): Flattener {
  const { source, state, market, clock, logger, engine, config, onChange } = options;
  const running = new Map<string, Flattening>();
  let started = false;
  let cancelTimer: () => void = () => undefined;
  const now = (): string => new Date(clock.nowMs()).toISOString();

  const strategiesToFlatten = (): readonly StrategyConfig[] =>
    [...(config()?.strategies.values() ?? [])].filter(({ mode, desiredState }) => mode === 'Flatten' && desiredState === 'Running');

  function look(): void {
    cancelTimer();
    if (!started) return;
    for (const strategy of strategiesToFlatten()) step(strategy);
    if ([...running.values()].some(({ flattenedAt }) => flattenedAt === undefined)) cancelTimer = clock.after(LOOK_MS, look);
  }

  function step(strategy: StrategyConfig): void {
    const flattening = running.get(strategy.name);
    if (flattening === undefined || flattening.flattenedAt !== undefined) return;
    const positions = openPositions(strategy.name);
    const hasOpenOrders = [...state.orders.open.values()].some((order) => order.strategy === strategy.name);
    if (positions.length === 0 && !hasOpenOrders) {
      flattening.flattenedAt = now();
      flattening.waitsFor = undefined;
      logger.info({ strategy: strategy.name, orderCount: flattening.orderCount }, 'strategy flattened');
      onChange();
      return;
    }
    const gate = gateOfStrategy(options.gate(), strategy, true);
    const due = positions.filter((position) => isDue(flattening, position));
    const plan = planFlatten(due, strategy.policy, messagesWithinSecond(state.messages, strategy.name, clock.nowMs()));
    const passing = plan.orders.filter(
      ({ reduceOnly }) => gate.tradingState === 'ACTIVE' || (gate.tradingState === 'REDUCING' && reduceOnly),
    );
    if (due.length > 0 && passing.length === 0) waitFor(flattening, plan.orders.length > 0 ? gate.code : plan.waitsFor);
    for (const order of passing) send(strategy, flattening, order);
  }

  function waitFor(flattening: Flattening, code: DenialCode | undefined): void {
    if (flattening.waitsFor === code) return;
    flattening.waitsFor = code;
    onChange();
  }

  function openPositions(strategy: string): readonly OpenPosition[] {
    const held = [...state.ledger.entries.values()].filter((entry) => entry.strategy === strategy && entry.position.quantity !== 0n);
    return held.map(({ instrument, position: { quantity } }) => {
      const open = openOf(state.orders, strategy, instrument);
      const account = accountExposureOf(state, instrument);
      return {
        instrument,
        quantity,
        hasOpenOrder: open.buy > 0n || open.sell > 0n,
        accountClosable: larger(quantity > 0n ? account.position - account.openSell : -account.position - account.openBuy, 0n),
        price: market.get(instrument)?.reference,
        definition: config()?.instruments.get(instrument),
      };
    });
  }

  /** What is fruitless is repeated more and more slowly, or when the market moved: each try stands in the stream for a year. */
  function isDue({ attempts }: Flattening, { instrument, quantity }: OpenPosition): boolean {
    const attempt = attempts.get(instrument);
    if (attempt === undefined || attempt.quantity !== quantity) return true;
    const hasMoved = market.get(instrument)?.receivedAtMs !== attempt.pricedAtMs;
    return clock.monotonicMs() - attempt.sentAtMs >= (hasMoved ? RETRY_MS_MIN : attempt.delayMs);
  }

  function send(strategy: StrategyConfig, flattening: Flattening, order: FlattenOrder): void {
    const { instrument } = order;
    const quantity = positionOf(state.ledger, strategy.name, instrument).quantity;
    const before = flattening.attempts.get(instrument);
    const delayMs = before?.quantity === quantity ? Math.min(RETRY_MS_MAX, before.delayMs * 2) : RETRY_MS_MIN;
    const pricedAtMs = market.get(instrument)?.receivedAtMs;
    flattening.attempts.set(instrument, { quantity, delayMs, sentAtMs: clock.monotonicMs(), pricedAtMs });
    const decision = engine.decide(intentOf(strategy, order), {
      by: 'EXEC',
      subjectStrategy: strategy.name,
      causationId: undefined,
      traceparent: undefined,
    });
    if (decision.kind === 'DENIED') return waitFor(flattening, decision.denials[0]?.code);
    flattening.orderCount += 1;
    waitFor(flattening, undefined);
    // A lost fence was reported by the writer, which ends the process.
    if (decision.kind === 'ACCEPTED') void submitWhenWritten(decision.order.orderId, decision.written).catch(() => undefined);
  }

  async function submitWhenWritten(orderId: string, written: Promise<void>): Promise<void> {
    await written;
    await options.freshenControl();
    engine.submit(orderId);
  }

  function intentOf({ name, revision }: StrategyConfig, order: FlattenOrder): OrderIntent {
    const counters = countersOf(state, name);
    const id = flattenOrderId(source.portfolio, name, order.instrument, counters.accepted + counters.denied);
    return {
      schemaVersion: SCHEMA_VERSION,
      id,
      corrId: `flatten:${name}:${revision ?? 'none'}`,
      time: now(),
      producer: { service: 'exec', revision: source.revision },
      portfolio: source.portfolio,
      strategy: name,
      instrument: order.instrument,
      side: order.side,
      type: 'MARKET',
      quantity: formatUnits(order.quantity),
      timeInForce: 'IOC',
      reduceOnly: order.reduceOnly,
      proposalIds: [],
      expiresAt: new Date(clock.nowMs() + ORDER_VALID_MS).toISOString(),
    };
  }

  return {
    useConfig() {
      const names = new Set(strategiesToFlatten().map(({ name }) => name));
      for (const name of running.keys()) if (!names.has(name)) running.delete(name);
      for (const name of names) {
        if (running.has(name)) continue;
        running.set(name, { startedAt: now(), orderCount: 0, flattenedAt: undefined, waitsFor: undefined, attempts: new Map() });
      }
      look();
    },
    start() {
      started = true;
      look();
    },
    report(strategy) {
      const flattening = running.get(strategy);
      if (flattening === undefined) return undefined;
      const { startedAt, orderCount, flattenedAt, waitsFor } = flattening;
      return {
        startedAt,
        orderCount,
        ...(flattenedAt === undefined ? {} : { flattenedAt }),
        ...(waitsFor === undefined ? {} : { waitsFor }),
      };
    },
    stop() {
      started = false;
      cancelTimer();
    },
  };
}
