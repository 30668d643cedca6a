/** Why an object cannot work until a person changes something: a condition's reason and message. For every kind. */

export interface Blocked {
  readonly ok: false;
  readonly reason: string;
  readonly message: string;
}

export function blocked(reason: string, message: string): Blocked {
  return { ok: false, reason, message };
}
