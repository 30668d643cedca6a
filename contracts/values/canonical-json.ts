/**
 * Canonical JSON (RFC 8785): one text for one value, so that a hash or signature over it is stable.
 *
 * Keys sort by UTF-16 code units, which is what JavaScript's default sort does; numbers print as ECMAScript prints them,
 * which is what RFC 8785 §3.2.2.3 asks for.
 */
import { AssertionError } from '../errors/assert.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** @throws AssertionError for values that JSON cannot hold: NaN, Infinity, bigint, functions, undefined inside an array, lone surrogates. */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new AssertionError(`canonical JSON cannot hold ${value}`);
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as Record<string, unknown>);
    default:
      throw new AssertionError(`canonical JSON cannot hold a ${typeof value}`);
  }
}

function canonicalArray(values: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < values.length; index += 1) text += (index === 0 ? '' : ',') + canonicalJson(values[index]);
  return `${text}]`;
}

function canonicalObject(value: Record<string, unknown>): string {
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    text += `${text === '{' ? '' : ','}${canonicalString(key)}:${canonicalJson(member)}`;
  }
  return `${text}}`;
}

/** Characters that JSON prints without an escape; nearly every string has no others. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function canonicalString(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) throw new AssertionError('canonical JSON cannot hold a lone surrogate');
  return JSON.stringify(value);
}
