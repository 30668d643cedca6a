/** Decides whether a strategy must stop, and why. The only place of this decision in the operator. Pure. */
import type { DesiredState } from '@flotilla/contracts/control/exec-config.ts';
import type { LeakStatus } from '@flotilla/contracts/resources/permissions-status.ts';
import type { BlockedStrategy, ResolvedStrategy } from './resolve-strategy.ts';

export interface StoppageFacts {
  /** The Strategy has a deletion timestamp. */
  readonly deleting: boolean;
  readonly resolved: Pick<ResolvedStrategy, 'ok' | 'spec'> | BlockedStrategy;
  /** Names of the KillSwitches that stop agents in the strategy's portfolio. */
  readonly stoppedBy: readonly string[];
  /** The leak of its permissions that stops the strategy. */
  readonly leak?: LeakStatus | undefined;
}

export type Stoppage =
  | { readonly by: 'Deletion' }
  | { readonly by: 'Mistake'; readonly mistake: BlockedStrategy }
  | { readonly by: 'KillSwitch'; readonly killSwitch: string }
  | { readonly by: 'Leak'; readonly leak: LeakStatus }
  | { readonly by: 'Spec'; readonly desiredState: Exclude<DesiredState, 'Running'> };

/** The first that holds; undefined: the agent is to run. */
export function stoppageOf({ deleting, resolved, stoppedBy, leak }: StoppageFacts): Stoppage | undefined {
  if (deleting) return { by: 'Deletion' };
  if (!resolved.ok) return { by: 'Mistake', mistake: resolved };
  if (stoppedBy[0] !== undefined) return { by: 'KillSwitch', killSwitch: stoppedBy[0] };
  const { desiredState } = resolved.spec;
  if (desiredState !== 'Running') return { by: 'Spec', desiredState };
  return leak === undefined ? undefined : { by: 'Leak', leak };
}

/**
 * The state that exec is told. KillSwitches travel by a record of their own, so they change nothing here. A Strategy with a mistake is paused: its
 * limits stay, its orders rest. So is one whose permissions leak. `last` is the state that exec was told before; a halt is not undone by a mistake.
 */
export function stateForExec({ deleting, resolved, leak }: Omit<StoppageFacts, 'stoppedBy'>, last: DesiredState | undefined): DesiredState {
  if (deleting) return 'Halted';
  if (resolved.ok) return leak !== undefined && resolved.spec.desiredState === 'Running' ? 'Paused' : resolved.spec.desiredState;
  return last === 'Halted' ? 'Halted' : 'Paused';
}
