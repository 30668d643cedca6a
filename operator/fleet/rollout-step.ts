/**
 * How one revision of an agent follows another. Pure, level-triggered: from what is deployed and what exec reports to the next step.
 *
 * exec takes orders of one revision at a time: the revision that its configuration names. The order of the steps only keeps signals from being
 * lost. Two revisions never write at the same time, whatever the order.
 */
import { unreachable } from '@flotilla/contracts/errors/assert.ts';
import type { DesiredState, StrategyMode } from '@flotilla/contracts/control/exec-config.ts';
import type { StrategyReport } from '@flotilla/contracts/control/exec-status.ts';
import type { Handover, RolloutPhase } from '@flotilla/contracts/resources/strategy.ts';

export interface RolloutInput {
  /** The revision that the Strategy asks for. It differs from the current one. */
  readonly wanted: string;
  /** Symbols of the wanted revision. */
  readonly instruments: readonly string[];
  /** Symbols of the current one, as far as they are known. */
  readonly instrumentsBefore: readonly string[];
  readonly handover: Handover;
  readonly desiredState: DesiredState;
  /** No pod of an older revision is left. */
  readonly stopped: boolean;
  /** The Deployment no longer says what the current revision ran, so its agent cannot run on. */
  readonly agentLost: boolean;
  /** The strategy in the report of exec; undefined when no recent report names it. */
  readonly report: StrategyReport | undefined;
}

export interface RolloutStep {
  readonly phase: RolloutPhase;
  /** The orders that exec accepts from the current revision. */
  readonly mode: StrategyMode;
  /** The old agent may run. */
  readonly keepsAgent: boolean;
  /** Message for people: what the rollout waits for. */
  readonly message: string;
}

/** The next step. `Fencing` means that every step before is done and that exec may take orders of the wanted revision. */
export function rolloutStep(input: RolloutInput): RolloutStep {
  const { handover, desiredState, report } = input;
  if (handover === 'Handover') return handOver(input);
  // The strategy cannot grow and holds nothing, so every handover is complete.
  if (report !== undefined && isClosed(report) && isEmpty(report)) return stopThenFence(input, report.mode ?? 'Normal');
  if (desiredState !== 'Running') {
    return step('Suspended', 'Normal', false, `spec.desiredState is ${desiredState}: the rollout goes on when it is Running`);
  }
  switch (handover) {
    case 'Drain':
      if (report === undefined) return step('Waiting', 'ReduceOnly', true, 'exec has not reported what the strategy holds');
      if (input.agentLost)
        return step(
          'Blocked',
          'ReduceOnly',
          false,
          `the Deployment of the old agent is gone, so no agent reduces what is left (${holdings(report)}): set spec.handover to Flatten or Handover`,
        );
      return step('Draining', 'ReduceOnly', true, `the old revision only reduces positions until nothing is left: ${holdings(report)}`);
    case 'Flatten':
      if (report === undefined) return step('Waiting', 'Flatten', false, 'exec has not reported what the strategy holds');
      return step('Flattening', 'Flatten', false, `exec closes what the strategy holds: ${holdings(report)}${obstacle(report)}`);
    default:
      return unreachable(handover);
  }
}

/** The next revision takes over orders and positions, so it must have every instrument in which the strategy holds one. */
function handOver(input: RolloutInput): RolloutStep {
  const { instruments, instrumentsBefore, report } = input;
  if (report === undefined && instrumentsBefore.some((symbol) => !instruments.includes(symbol))) {
    return step(
      'Waiting',
      'Normal',
      true,
      'the next revision has fewer instruments, so exec has to report where the strategy holds something',
    );
  }
  const orphaned = (report?.instruments ?? []).filter((symbol) => !instruments.includes(symbol));
  if (orphaned.length > 0) {
    const names = orphaned.slice(0, 8).join(', ');
    return step(
      'Blocked',
      'Normal',
      true,
      `the strategy has open orders or a position in ${names}, which the next revision would not see: add it to spec.instruments again, or set spec.handover to Drain or Flatten`,
    );
  }
  return stopThenFence(input, 'Normal');
}

function stopThenFence({ stopped, wanted }: RolloutInput, mode: StrategyMode): RolloutStep {
  if (!stopped) return step('Stopping', mode, false, 'waits until the old agent has ended');
  return step('Fencing', mode, false, `exec has to confirm that it takes orders of revision ${wanted} alone`);
}

export function holdings({ openOrders, openPositions }: Pick<StrategyReport, 'openOrders' | 'openPositions'>): string {
  return `${count(openOrders, 'open order')} and ${count(openPositions, 'position')}`;
}

/** The strategy is halted, and exec has confirmed twice that no order of the strategy is open. */
export function isVerifiedEmpty({ openOrders, halt }: StrategyReport): boolean {
  return openOrders === 0 && halt?.zeroOpenOrdersVerifiedAt !== undefined;
}

function isClosed({ mode = 'Normal', desiredState }: StrategyReport): boolean {
  return mode !== 'Normal' || desiredState !== 'Running';
}

function isEmpty({ openOrders, openPositions }: StrategyReport): boolean {
  return openOrders === 0 && openPositions === 0;
}

function obstacle({ flatten }: StrategyReport): string {
  return flatten?.waitsFor === undefined ? '' : `; it waits because of ${flatten.waitsFor}`;
}

function count(value: number, what: string): string {
  return `${value} ${what}${value === 1 ? '' : 's'}`;
}

function step(phase: RolloutPhase, mode: StrategyMode, keepsAgent: boolean, message: string): RolloutStep {
  return { phase, mode, keepsAgent, message };
}
