/**
 * Reads a flat JSON object without losing a digit: numbers keep their source text (ECMAScript "JSON.parse source text access"), because
 * `611.87000000000001` and `1e400` as doubles are already something else.
 */
import { malformed } from './field-error.ts';
import { describePlaceholder } from './placeholder.ts';

export type ExactValue =
  | { readonly type: 'number'; readonly source: string }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'boolean' | 'null' | 'array' | 'object' };

export type ExactObject = ReadonlyMap<string, ExactValue>;

type SourceReviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** A number that remembers how it was written. */
class SourceNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/**
 * Reads one flat object; the values of its fields are the caller's matter.
 *
 * @throws FieldError `WEBHOOK_MALFORMED` for text that is not a JSON object, for nested values, and for a field that occurs twice.
 */
export function parseExactJson(text: string): ExactObject {
  if (nestsDeeper(text, NESTING_LEVELS_MAX))
    throw malformed('body', 'a flat JSON object', `more than ${NESTING_LEVELS_MAX} levels of nesting`);
  const root = parseKeepingSource(text);
  const rootValue = exactValue(root);
  if (rootValue.type !== 'object') throw malformed('body', 'a JSON object', describeValue(rootValue));
  const fields = new Map(Object.entries(root as object).map(([field, value]) => [field, exactValue(value)]));
  for (const value of fields.values()) {
    // Nested keys would disturb the count below, and no body of ours has any.
    if (value.type === 'object' || value.type === 'array')
      throw malformed('body', 'a flat JSON object', `${describeValue(value)} inside it`);
  }
  if (countKeys(text) !== fields.size) throw malformed('body', 'every field at most once', 'a field that is there twice');
  return fields;
}

/** `a number`, `an object`, `nothing`. */
export function describeValue(value: ExactValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value.type === 'null') return 'null';
  return `${value.type === 'array' || value.type === 'object' ? 'an' : 'a'} ${value.type}`;
}

function parseKeepingSource(text: string): unknown {
  const reviver: SourceReviver = (_key, value, context) => (typeof value === 'number' ? new SourceNumber(context.source ?? '') : value);
  try {
    return JSON.parse(text, reviver as (this: unknown, key: string, value: unknown) => unknown) as unknown;
  } catch {
    throw malformed('body', 'a JSON object', text.trim() === '' ? 'nothing' : (describePlaceholder(text) ?? 'text that is not JSON'));
  }
}

/** Above this depth a body is refused before it is parsed, so that no parser runs out of stack. */
const NESTING_LEVELS_MAX = 32;

/** True when brackets outside strings nest deeper than `levelsMax`, in JSON or in text that is not. */
function nestsDeeper(text: string, levelsMax: number): boolean {
  let level = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') level += 1;
    else if (token === ']' || token === '}') level -= 1;
    if (level > levelsMax) return true;
  }
  return false;
}

function exactValue(value: unknown): ExactValue {
  if (value instanceof SourceNumber) return { type: 'number', source: value.source };
  if (typeof value === 'string') return { type: 'string', value };
  if (value === null) return { type: 'null' };
  if (Array.isArray(value)) return { type: 'array' };
  return { type: typeof value === 'boolean' ? 'boolean' : 'object' };
}

/** Keys of a flat object in text known to be JSON: every string token in order, and those that a colon follows. */
function countKeys(text: string): number {
  let count = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (match[1] !== undefined) count += 1;
  return count;
}
