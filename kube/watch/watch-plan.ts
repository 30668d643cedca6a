/** Decides the next step of a reflector from the outcome of the last one: list, then watch from there, for ever. Pure. */

import { unreachable } from '@flotilla/contracts/errors/assert.ts';

export type ReflectorStep = { readonly type: 'list' } | { readonly type: 'watch'; readonly resourceVersion: string };

export interface ReflectorState {
  readonly step: ReflectorStep;
  /** Failures in a row; 0: the next step starts at once. */
  readonly failures: number;
}

export type StepOutcome =
  | { readonly type: 'listed'; readonly resourceVersion: string }
  | { readonly type: 'failed' }
  /** The server ended the watch in the ordinary way, or the watch was silent for too long. */
  | { readonly type: 'ended'; readonly resourceVersion: string; readonly progressed: boolean }
  /** The connection broke, or was refused. */
  | { readonly type: 'broken'; readonly resourceVersion: string; readonly progressed: boolean }
  /** 410: the server no longer knows this resource version. */
  | { readonly type: 'expired'; readonly progressed: boolean };

export const REFLECTOR_START: ReflectorState = { step: { type: 'list' }, failures: 0 };

export function nextState(state: ReflectorState, outcome: StepOutcome): ReflectorState {
  switch (outcome.type) {
    case 'listed':
      // Failures stay counted until a watch works: a server that lists but refuses watches must not be listed in a tight loop.
      return { step: { type: 'watch', resourceVersion: outcome.resourceVersion }, failures: state.failures };
    case 'failed':
      return { step: { type: 'list' }, failures: state.failures + 1 };
    case 'ended':
      return { step: watchFrom(outcome.resourceVersion), failures: outcome.progressed ? 0 : state.failures + 1 };
    case 'broken':
      return { step: watchFrom(outcome.resourceVersion), failures: outcome.progressed ? 1 : state.failures + 1 };
    case 'expired':
      return { step: { type: 'list' }, failures: outcome.progressed ? 0 : state.failures + 1 };
    default:
      return unreachable(outcome);
  }
}

/** Whether to wait before the step: a watch right after its list goes at once. */
export function waitsBefore(outcome: StepOutcome, state: ReflectorState): boolean {
  return outcome.type !== 'listed' && state.failures > 0;
}

function watchFrom(resourceVersion: string): ReflectorStep {
  return { type: 'watch', resourceVersion };
}
