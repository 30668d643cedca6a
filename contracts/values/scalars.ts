/** Scalars that events and resources share. The generated CRDs contain the same patterns. */
import { z } from 'zod';

/** One token of a subject. */
export const TOKEN_PATTERN = /^[A-Za-z0-9_-]{1,63}$/;
export const token = z.string().min(1).max(63).regex(TOKEN_PATTERN);

/** A Kubernetes object name that is also a subject token: a DNS label. */
export const objectName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);

/** Plain decimal notation: optional minus, no exponent, no leading plus, no superfluous leading zero. */
export const DECIMAL_PATTERN = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;
/** Plain decimal text. The field that uses it sets sign and bounds; readers accept 15 significant digits at most. */
export const decimal = z.string().min(1).max(32).regex(DECIMAL_PATTERN);
/** Above zero. */
export const positiveDecimal = z
  .string()
  .min(1)
  .max(32)
  .regex(/^(0\.[0-9]*[1-9][0-9]*|[1-9][0-9]*(\.[0-9]+)?)$/);
/** Zero or above. */
export const nonNegativeDecimal = z
  .string()
  .min(1)
  .max(32)
  .regex(/^(0|[1-9][0-9]*)(\.[0-9]+)?$/);

/** RFC 3339 in UTC with milliseconds at most to nanoseconds. */
export const timestamp = z
  .string()
  .min(20)
  .max(30)
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$/);

/** Lower-case hexadecimal SHA-256. */
export const sha256Hex = z
  .string()
  .length(64)
  .regex(/^[0-9a-f]{64}$/);

/** An id: hexadecimal or token text. */
export const id = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9_:.-]+$/);
