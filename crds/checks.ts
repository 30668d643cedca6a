/** Translates the checks of a zod type, such as bounds, lengths and patterns, into an OpenAPI schema for the CRD generator. */
import type { $ZodCheck } from 'zod/v4/core';
import { checkDefinitionOf } from './definition-of.ts';
import type { FieldMeta } from './field-meta.ts';
import type { OpenApiSchema } from './open-api-schema.ts';
import { foreignPattern } from './portable-pattern.ts';
import { UnrepresentableError } from './unrepresentable-error.ts';

const INT32_MAX = 2 ** 31 - 1;
/** A pattern that accepts only ASCII. For such texts the counts of code points and code units are equal. */
const ASCII_PATTERN = /^\^[ -~]*\$$/;

/** Writes what the checks of a type say into its schema. @throws UnrepresentableError for a check without a counterpart. */
export function applyChecks(schema: OpenApiSchema, checks: readonly $ZodCheck[], meta: FieldMeta, path: string): void {
  for (const check of checks) applyCheck(schema, check, meta, path);
  if (schema.type === 'integer') schema.format = fitsInt32(schema) ? 'int32' : 'int64';
  if (schema.maxLength !== undefined && meta.maxLength === undefined && schema.pattern === undefined) {
    throw new UnrepresentableError(
      path,
      'JavaScript counts code units and the API server code points: give a pattern that takes ASCII only, or count code points in a refinement with .meta({ maxLength })',
    );
  }
}

function applyCheck(schema: OpenApiSchema, check: $ZodCheck, meta: FieldMeta, path: string): void {
  const def = checkDefinitionOf(check);
  switch (def.check) {
    case 'min_length':
      if (schema.type === 'array') schema.minItems = def.minimum;
      else schema.minLength = def.minimum;
      return;
    case 'max_length':
      if (schema.type === 'array') schema.maxItems = def.maximum;
      else schema.maxLength = def.maximum;
      return;
    case 'length_equals':
      if (schema.type === 'array') Object.assign(schema, { minItems: def.length, maxItems: def.length });
      else Object.assign(schema, { minLength: def.length, maxLength: def.length });
      return;
    case 'greater_than':
      schema.minimum = numberBound(def.value, path);
      if (!def.inclusive) schema.exclusiveMinimum = true;
      return;
    case 'less_than':
      schema.maximum = numberBound(def.value, path);
      if (!def.inclusive) schema.exclusiveMaximum = true;
      return;
    case 'number_format':
      if (def.format !== 'safeint') throw new UnrepresentableError(path, `number format ${def.format} has no counterpart`);
      schema.type = 'integer';
      return;
    case 'string_format':
      applyPattern(schema, 'pattern' in def ? def.pattern : undefined, def.format, path);
      return;
    case 'custom' as never:
      requireTwin(meta, path);
      return;
    default:
      throw new UnrepresentableError(path, `check ${(def as { readonly check: string }).check} has no counterpart in a CRD`);
  }
}

function applyPattern(schema: OpenApiSchema, pattern: RegExp | undefined, format: string, path: string): void {
  if (format !== 'regex' || pattern === undefined) {
    throw new UnrepresentableError(path, `string format ${format} has no exact counterpart: use .regex()`);
  }
  if (schema.pattern !== undefined) throw new UnrepresentableError(path, 'a CRD takes one pattern: join the two');
  const foreign = foreignPattern(pattern);
  if (foreign !== undefined) throw new UnrepresentableError(path, `pattern ${pattern.source}: ${foreign}`);
  if (
    !ASCII_PATTERN.test(pattern.source) ||
    pattern.source.includes('[^') ||
    /(^|[^\\])\./.test(pattern.source.replace(/\[[^\]]*\]/g, ''))
  ) {
    throw new UnrepresentableError(path, `pattern ${pattern.source} takes characters outside ASCII, which the two sides count differently`);
  }
  schema.pattern = pattern.source;
}

/** The API server cannot run a refinement, which is JavaScript. The schema must therefore state the same rule in CEL or by a bound. */
function requireTwin(meta: FieldMeta, path: string): void {
  const listType = meta['x-kubernetes-list-type'];
  if (meta['x-kubernetes-validations'] !== undefined || meta.maxLength !== undefined || meta.maxProperties !== undefined) return;
  // The API server refuses duplicates in these.
  if (listType === 'map' || listType === 'set') return;
  throw new UnrepresentableError(path, 'a refinement needs a twin that the API server evaluates: .meta({ "x-kubernetes-validations": … })');
}

function numberBound(value: unknown, path: string): number {
  if (typeof value !== 'number') throw new UnrepresentableError(path, 'bounds must be numbers');
  return value;
}

function fitsInt32(schema: OpenApiSchema): boolean {
  return (schema.minimum ?? -Infinity) >= -INT32_MAX - 1 && (schema.maximum ?? Infinity) <= INT32_MAX;
}
