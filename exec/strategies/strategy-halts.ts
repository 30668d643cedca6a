/**
 * Halts of single strategies: closed by configuration, then all of its orders cancelled, then none of them seen at the venue, twice.
 *
 * The gate is the configuration itself ({@link ../gate/strategy-gate.ts}), so it closed in the turn in which that came into force.
 */
import type { Clock, StrategyReport } from '@flotilla/contracts';
import type { Logger } from '@flotilla/runtime/log.ts';
import type { ActiveConfig } from '../engine/active-config.ts';
import type { ExecState } from '../state/exec-state.ts';
import type { Venue } from '../venues/venue.ts';

export interface StrategyHalts {
  /** Halts what is newly halted, forgets what is not any more. */
  useConfig(config: ActiveConfig): void;
  report(strategy: string): StrategyReport['halt'];
}

type Halt = NonNullable<StrategyReport['halt']>;

const VERIFICATIONS = 2;
const VERIFY_DELAY_MS = 5;
const VERIFY_DELAY_MS_MAX = 1_000;

export function createStrategyHalts(options: {
  readonly state: ExecState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly venue: Pick<Venue, 'openOrders'>;
  /** Cancels all of a strategy; gives how many. */
  readonly cancelAllOf: (strategy: string, reason: string) => number;
  readonly onChange: () => void;
}): StrategyHalts {
  const { state, clock, logger, venue, cancelAllOf, onChange } = options;
  const halts = new Map<string, Halt>();
  const now = (): string => new Date(clock.nowMs()).toISOString();

  function halt(strategy: string): void {
    const gateClosedAt = now();
    const restingCancelledCount = cancelAllOf(strategy, 'STRATEGY_HALTED: the strategy is halted');
    const started: Halt = { gateClosedAt, restingCancelledCount };
    halts.set(strategy, started);
    logger.warn({ strategy, restingCancelledCount }, 'strategy halted: its orders are cancelled');
    void verify(strategy, started);
  }

  /** Goes on until then, or until the strategy is halted no more. */
  async function verify(strategy: string, started: Halt): Promise<void> {
    let delayMs = VERIFY_DELAY_MS;
    for (let clean = 0; clean < VERIFICATIONS;) {
      try {
        const open = await openOrdersOf(strategy);
        clean = open === 0 ? clean + 1 : 0;
        if (open > 0) cancelAllOf(strategy, 'STRATEGY_HALTED: the strategy is halted');
      } catch (error) {
        clean = 0;
        logger.error({ err: error, strategy }, 'the venue does not tell its open orders; asking again');
      }
      if (halts.get(strategy) !== started) return;
      if (clean < VERIFICATIONS) await clock.sleep(delayMs);
      if (clean === 0) delayMs = Math.min(VERIFY_DELAY_MS_MAX, delayMs * 2);
    }
    if (halts.get(strategy) !== started) return;
    halts.set(strategy, { ...started, zeroOpenOrdersVerifiedAt: now() });
    onChange();
  }

  /** At the venue and in the fold: one that was accepted and not sent yet may still be resolved. */
  async function openOrdersOf(strategy: string): Promise<number> {
    const atVenue = await venue.openOrders();
    const ofStrategy = atVenue.filter(({ orderId }) => state.orders.orders.get(orderId)?.strategy === strategy);
    const known = [...state.orders.open.values()].filter((order) => order.strategy === strategy);
    return Math.max(ofStrategy.length, known.length);
  }

  return {
    useConfig({ strategies }) {
      for (const name of halts.keys()) if (strategies.get(name)?.desiredState !== 'Halted') halts.delete(name);
      for (const { name, desiredState } of strategies.values()) if (desiredState === 'Halted' && !halts.has(name)) halt(name);
    },
    report: (strategy) => halts.get(strategy),
  };
}
