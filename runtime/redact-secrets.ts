/** Censors the fields of a log line that are named like secrets. */

const SECRET_NAME =
  /(password|passwd|passphrase|secret|token|authorization|signature|cookie|credentials?|(api|agent|private|signing)[-_]?key)$/i;
const CENSORED = '[redacted]';
/** Deeper values are dropped, so that a log line stays short. */
const DEPTH_MAX = 6;

/** A copy in which every field that is named like a secret is censored. Errors and other class instances stay as they are. */
export function redactSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    result[name] = SECRET_NAME.test(name) ? CENSORED : redactValue(value, depth + 1);
  }
  return result;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return isPlain(value) ? redactObject(value, depth) : value;
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
