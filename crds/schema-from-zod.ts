/**
 * Translates a zod schema into the structural schema of a CRD. Refuses a schema that it cannot translate exactly.
 *
 * `z.toJSONSchema` is not used, because it drops refinements without an error, puts types inside `oneOf` and does not require bounds.
 */
import { canonicalJson } from '@flotilla/contracts/values/canonical-json.ts';
import type { z } from 'zod';
import { type $ZodCheck, type $ZodType, type $ZodTypes, safeParse } from 'zod/v4/core';
import { applyChecks } from './checks.ts';
import { definitionOf } from './definition-of.ts';
import { type FieldMeta, metaOf } from './field-meta.ts';
import type { OpenApiSchema } from './open-api-schema.ts';
import { UnrepresentableError } from './unrepresentable-error.ts';

/** @throws UnrepresentableError naming the first field that a CRD cannot say, that has no bound or no description. */
export function schemaFromZod(schema: z.ZodType, path = ''): OpenApiSchema {
  return convert(schema as unknown as $ZodTypes, path, {});
}

/** A schema deeper than this counts as recursive. */
const DEPTH_MAX = 32;

/** True when an object without the field is valid. */
function isOptional(schema: $ZodType): boolean {
  const def = definitionOf(schema);
  return def.type === 'optional' || def.type === 'default';
}

function convert(schema: $ZodTypes, path: string, outer: FieldMeta): OpenApiSchema {
  if (path.split(/[.[{]/).length > DEPTH_MAX) throw new UnrepresentableError(path, 'a CRD cannot represent a schema that contains itself');
  const meta = { ...metaOf(schema, path), ...outer };
  const def = definitionOf(schema);
  switch (def.type) {
    case 'optional':
      return convert(def.innerType as $ZodTypes, path, meta);
    case 'default':
      return { ...convert(def.innerType as $ZodTypes, path, meta), default: defaultOf(schema, path) };
    default: {
      const converted = bare(schema, path);
      applyChecks(converted, checksOf(schema), meta, path);
      Object.assign(converted, meta);
      requireBounds(converted, path);
      return converted;
    }
  }
}

/** @throws UnrepresentableError for a default that changes, that its own schema refuses, or that lacks defaults which the API server would add. */
function defaultOf(schema: $ZodTypes, path: string): unknown {
  const def = definitionOf(schema);
  if (def.type !== 'default') throw new UnrepresentableError(path, 'has no default');
  const value: unknown = structuredClone(def.defaultValue);
  if (canonicalJson(value) !== canonicalJson(def.defaultValue)) throw new UnrepresentableError(path, 'a CRD cannot compute a default');
  const parsed = safeParse(def.innerType, value);
  if (!parsed.success) throw new UnrepresentableError(path, 'the API server takes no default that its own schema refuses');
  if (canonicalJson(parsed.data) !== canonicalJson(value)) {
    throw new UnrepresentableError(path, 'the API server adds the defaults within a default, and zod does not: write them out');
  }
  return value;
}

function checksOf(schema: $ZodTypes): readonly $ZodCheck[] {
  const def = definitionOf(schema);
  const checks = def.checks ?? [];
  // z.int() is a check of itself.
  return 'check' in def ? [schema as unknown as $ZodCheck, ...checks] : checks;
}

/** The type without its checks and texts. */
function bare(schema: $ZodTypes, path: string): OpenApiSchema {
  const def = definitionOf(schema);
  switch (def.type) {
    case 'string':
      requireNoCoercion(def, path);
      return { type: 'string' };
    case 'boolean':
      requireNoCoercion(def, path);
      return { type: 'boolean' };
    case 'number':
      requireNoCoercion(def, path);
      return { type: 'number' };
    case 'enum':
      return { type: 'string', enum: Object.values(def.entries).map((value) => stringOnly(value, path)) };
    case 'literal':
      return { type: 'string', enum: def.values.map((value) => stringOnly(value, path)) };
    case 'array':
      return { type: 'array', items: convert(def.element as $ZodTypes, `${path}[]`, {}) };
    case 'record':
      return recordSchema(def.keyType as $ZodTypes, def.valueType as $ZodTypes, path);
    case 'object':
      return objectSchema(def.shape, def.catchall as $ZodTypes | undefined, path);
    case 'unknown':
      return { 'x-kubernetes-preserve-unknown-fields': true };
    default:
      throw new UnrepresentableError(path, `a CRD cannot represent ${def.type} exactly`);
  }
}

function objectSchema(shape: Readonly<Record<string, $ZodType>>, catchall: $ZodTypes | undefined, path: string): OpenApiSchema {
  // Strict and stripping objects are both what the API server does: it names unknown fields, or prunes them.
  if (catchall !== undefined && definitionOf(catchall).type !== 'never') {
    throw new UnrepresentableError(path, 'a CRD cannot keep unknown fields beside named ones exactly: list them, or use a record');
  }
  const properties: Record<string, OpenApiSchema> = {};
  for (const [name, member] of Object.entries(shape)) {
    const memberPath = path === '' ? name : `${path}.${name}`;
    const converted = convert(member as $ZodTypes, memberPath, {});
    if (converted.description === undefined) {
      throw new UnrepresentableError(memberPath, 'needs .describe(): kubectl explain shows it');
    }
    properties[name] = converted;
  }
  const required = Object.keys(shape).filter((name) => !isOptional(shape[name] as $ZodType));
  return { type: 'object', ...(required.length > 0 ? { required } : {}), properties };
}

function recordSchema(key: $ZodTypes, value: $ZodTypes, path: string): OpenApiSchema {
  if (definitionOf(key).type !== 'string' || (definitionOf(key).checks ?? []).length > 0) {
    throw new UnrepresentableError(path, 'a CRD cannot check the keys of a map: use plain z.string() for them');
  }
  return { type: 'object', additionalProperties: convert(value, `${path}{}`, {}) };
}

function requireNoCoercion({ coerce }: { readonly coerce?: boolean | undefined }, path: string): void {
  if (coerce === true) throw new UnrepresentableError(path, 'the API server turns no type into another one: leave out coerce');
}

function stringOnly(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new UnrepresentableError(path, `expected choices of text, found ${String(value)}`);
  return value;
}

/** Every field needs a bound. Otherwise the API server's cost estimate of a CEL rule exceeds its limit, and a user can fill etcd. */
function requireBounds(schema: OpenApiSchema, path: string): void {
  const missing = missingBound(schema);
  if (missing !== undefined) throw new UnrepresentableError(path, `needs ${missing}`);
}

function missingBound(schema: OpenApiSchema): string | undefined {
  switch (schema.type) {
    case 'string':
      return schema.enum === undefined && schema.maxLength === undefined ? 'a largest length: .max()' : undefined;
    case 'array':
      return schema.maxItems === undefined ? 'a largest length: .max()' : undefined;
    case 'integer':
    case 'number':
      return schema.minimum === undefined || schema.maximum === undefined ? 'a smallest and a largest value: .min().max()' : undefined;
    case 'object':
      return schema.additionalProperties !== undefined && schema.maxProperties === undefined
        ? 'a largest number of entries: a refinement with .meta({ maxProperties })'
        : undefined;
    default:
      return undefined;
  }
}
