/** The error of one wrong field in a body or row, which says the field, what was expected and what was found. */
import { type ErrorCode, FlotillaError } from '@flotilla/contracts';
import { describePlaceholder } from './placeholder.ts';

/** MALFORMED: wrong shape or type (HTTP 400). REFUSED: understood, but outside what is allowed (HTTP 422). */
export type FieldErrorKind = 'MALFORMED' | 'REFUSED';

/** Terminal: the same bytes stay wrong. */
export class FieldError extends FlotillaError {
  readonly kind: FieldErrorKind;
  readonly field: string;
  readonly expected: string;
  readonly found: string;

  constructor(kind: FieldErrorKind, code: ErrorCode, field: string, expected: string, found: string) {
    super(code, `${field}: expected ${expected}, found ${found}`);
    this.kind = kind;
    this.field = field;
    this.expected = expected;
    this.found = found;
  }
}

export function malformed(field: string, expected: string, found: string): FieldError {
  return new FieldError('MALFORMED', 'WEBHOOK_MALFORMED', field, expected, found);
}

export function refused(code: ErrorCode, field: string, expected: string, found: string): FieldError {
  return new FieldError('REFUSED', code, field, expected, found);
}

const FOUND_CHARACTERS_MAX = 40;

/** The found value for a message: in quotes and cut, or the name of a placeholder that the sender did not replace. */
export function quoteFound(text: string): string {
  const placeholder = describePlaceholder(text);
  if (placeholder !== undefined) return placeholder;
  return JSON.stringify(text.length > FOUND_CHARACTERS_MAX ? `${text.slice(0, FOUND_CHARACTERS_MAX)}…` : text);
}
