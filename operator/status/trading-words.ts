/** Why an account does not accept every order: one word for programs and a sentence for people. Pure. */
import type { ReasonOf } from '@flotilla/contracts/conditions/condition-reasons.ts';
import type { ExecStatus } from '@flotilla/contracts/control/exec-status.ts';
import { type DenialCode, DENIALS } from '@flotilla/contracts/errors/denials.ts';

/** Portfolio and Strategy tell the state of the account with the same reasons. */
type AccountReason = ReasonOf<'Portfolio'> & ReasonOf<'Strategy'>;

/** From exec's reason to the reason of a condition. */
const WORDS: Readonly<Partial<Record<string, AccountReason>>> = {
  TRADING_HALTED: 'HaltedByKillSwitch',
  TRADING_REDUCE_ONLY: 'ReducingByKillSwitch',
  CONTROL_UNKNOWN: 'HaltUnknown',
  POLICY_MISSING: 'PolicyMissing',
  RECONCILE_MISMATCH: 'ReconcileMismatch',
};

export interface TradingWords {
  readonly reason: AccountReason;
  readonly message: string;
}

/** Undefined while exec accepts every order. */
export function accountObstacle({ tradingState, reason }: Pick<ExecStatus, 'tradingState' | 'reason'>): TradingWords | undefined {
  if (tradingState === 'ACTIVE') return undefined;
  const passes = tradingState === 'HALTED' ? 'accepts no orders' : 'accepts only orders that reduce a position';
  return {
    reason: WORDS[reason] ?? (tradingState === 'HALTED' ? 'Halted' : 'Reducing'),
    message: `exec ${passes} (${denialWords(reason)})`,
  };
}

/** A denial code with its meaning. */
export function denialWords(reason: string): string {
  return reason in DENIALS ? `${reason}: ${DENIALS[reason as DenialCode]}` : reason;
}
