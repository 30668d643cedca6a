/** Decides whether a strategy must stop, and why. The only place of this decision in the operator. Pure. */
import type { DesiredState } from '@flotilla/contracts/control/exec-config.ts';
import type { BlockedStrategy, ResolvedStrategy } from './resolve-strategy.ts';

export interface StoppageFacts {
  /** The Strategy has a deletion timestamp. */
  readonly deleting: boolean;
  readonly resolved: Pick<ResolvedStrategy, 'ok' | 'spec'> | BlockedStrategy;
  /** Names of the KillSwitches that stop agents in the strategy's portfolio. */
  readonly stoppedBy: readonly string[];
}

export type Stoppage =
  | { readonly by: 'Deletion' }
  | { readonly by: 'Mistake'; readonly mistake: BlockedStrategy }
  | { readonly by: 'KillSwitch'; readonly killSwitch: string }
  | { readonly by: 'Spec'; readonly desiredState: Exclude<DesiredState, 'Running'> };

/** The first that holds; undefined: the agent is to run. */
export function stoppageOf({ deleting, resolved, stoppedBy }: StoppageFacts): Stoppage | undefined {
  if (deleting) return { by: 'Deletion' };
  if (!resolved.ok) return { by: 'Mistake', mistake: resolved };
  if (stoppedBy[0] !== undefined) return { by: 'KillSwitch', killSwitch: stoppedBy[0] };
  const { desiredState } = resolved.spec;
  return desiredState === 'Running' ? undefined : { by: 'Spec', desiredState };
}

/**
 * The state that exec is told. KillSwitches travel by a record of their own, so they change nothing here. A Strategy with a mistake is paused: its
 * limits stay, its orders rest. `last` is the state that exec was told before; a halt is not undone by a mistake.
 */
export function stateForExec({ deleting, resolved }: Omit<StoppageFacts, 'stoppedBy'>, last: DesiredState | undefined): DesiredState {
  if (deleting) return 'Halted';
  if (resolved.ok) return resolved.spec.desiredState;
  return last === 'Halted' ? 'Halted' : 'Paused';
}
