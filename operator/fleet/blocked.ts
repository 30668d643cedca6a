/** Why an object cannot work until a person changes something: a condition's reason and message. For every kind. */
import type { Reason } from '@flotilla/contracts/conditions/condition-reasons.ts';

export interface Blocked<R extends Reason = Reason> {
  readonly ok: false;
  readonly reason: R;
  readonly message: string;
}

export function blocked<R extends Reason>(reason: R, message: string): Blocked<R> {
  return { ok: false, reason, message };
}
