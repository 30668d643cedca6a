/**
 * Reads records that another version wrote. Writers are strict: they parse by the schema itself. Readers are tolerant: they read by this file.
 *
 * Fields that this build does not know stay in the value and are named. Every known field is checked as strictly as the schema demands.
 */
import { z } from 'zod';

export type ReadRecord<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** Paths of fields that this build does not know, `strategies.0.colour`, at most {@link UNKNOWN_FIELDS_MAX}. */
      readonly unknownFields: readonly string[];
    }
  | {
      readonly ok: false;
      /** The expectation and the finding, for people. */
      readonly problem: string;
    };

/** Bound on the unknown fields that one reading names, because a record may hold thousands of equal entries. */
export const UNKNOWN_FIELDS_MAX = 16;

/** Parses `value` by `schema`, and accepts objects with more fields than the schema has, at any depth. Never throws. */
export function readRecord<S extends z.ZodType>(schema: S, value: unknown): ReadRecord<z.output<S>> {
  const result = looseTwin(schema).safeParse(value);
  if (!result.success) return { ok: false, problem: describeIssues(result.error) };
  return { ok: true, value: result.data as z.output<S>, unknownFields: unknownFieldsIn(schema, value) };
}

/** The same for a value in UTF-8 JSON. */
export function readRecordBytes<S extends z.ZodType>(schema: S, bytes: Uint8Array): ReadRecord<z.output<S>> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { ok: false, problem: `expected UTF-8 JSON, found ${bytes.byteLength} bytes that are not` };
  }
  return readRecord(schema, value);
}

/** Paths below `path` of the fields of `value` that `schema` does not know, at any depth, at most {@link UNKNOWN_FIELDS_MAX}. */
export function unknownFieldsIn(schema: z.core.$ZodType, value: unknown, path = ''): readonly string[] {
  const found: string[] = [];
  collectUnknown(schema, value, path, found);
  return found;
}

/** Whether a value of the schema can hold fields: an object, or a list or record of objects. */
export function holdsFields(schema: z.core.$ZodType): boolean {
  const def = definitionOf(schema);
  switch (def.type) {
    case 'object':
      return true;
    case 'array':
      return holdsFields(def.element);
    case 'record':
      return holdsFields(def.valueType);
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      return holdsFields(def.innerType);
    default:
      return false;
  }
}

/** `path: problem; path: problem`, at most five, for messages to people. */
export function describeIssues(error: z.ZodError): string {
  const shown = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || '(root)'}: ${issue.message}`);
  return shown.join('; ') + (error.issues.length > 5 ? `; and ${error.issues.length - 5} more` : '');
}

const twins = new WeakMap<z.core.$ZodType, z.ZodType>();

/** The schema with every strict object made tolerant. Made once for each schema. */
function looseTwin(schema: z.core.$ZodType): z.ZodType {
  const held = twins.get(schema);
  if (held !== undefined) return held;
  const twin = makeTwin(schema) as z.ZodType;
  twins.set(schema, twin);
  return twin;
}

function makeTwin(schema: z.core.$ZodType): z.core.$ZodType {
  const def = definitionOf(schema);
  switch (def.type) {
    case 'object': {
      const shape = Object.fromEntries(Object.entries(def.shape).map(([name, field]) => [name, looseTwin(field)]));
      return cloneWith(schema, { ...def, shape, catchall: z.unknown() });
    }
    case 'array':
      return cloneWith(schema, { ...def, element: looseTwin(def.element) });
    case 'record':
      return cloneWith(schema, { ...def, valueType: looseTwin(def.valueType) });
    case 'union':
      return cloneWith(schema, { ...def, options: def.options.map((option) => looseTwin(option)) });
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      return cloneWith(schema, { ...def, innerType: looseTwin(def.innerType) });
    default:
      return schema;
  }
}

function cloneWith(schema: z.core.$ZodType, definition: z.core.$ZodTypes['_zod']['def']): z.core.$ZodType {
  return z.core.clone(schema, definition);
}

/** The kind of a schema and its parts, from zod's introspection. */
function definitionOf(schema: z.core.$ZodType): z.core.$ZodTypes['_zod']['def'] {
  const { _zod: internals } = schema as z.core.$ZodTypes;
  return internals.def;
}

function collectUnknown(schema: z.core.$ZodType, value: unknown, path: string, found: string[]): void {
  if (typeof value !== 'object' || value === null || found.length >= UNKNOWN_FIELDS_MAX) return;
  const def = definitionOf(schema);
  switch (def.type) {
    case 'object':
      for (const [name, field] of Object.entries(value)) {
        const known = Object.hasOwn(def.shape, name) ? def.shape[name] : undefined;
        if (known !== undefined) collectUnknown(known, field, `${path}${name}.`, found);
        else if (found.length < UNKNOWN_FIELDS_MAX) found.push(`${path}${name}`);
      }
      return;
    case 'array':
      if (Array.isArray(value)) value.forEach((item, index) => collectUnknown(def.element, item, `${path}${index}.`, found));
      return;
    case 'record':
      for (const [name, item] of Object.entries(value)) collectUnknown(def.valueType, item, `${path}${name}.`, found);
      return;
    case 'union': {
      const option = def.options.find((candidate) => looseTwin(candidate).safeParse(value).success);
      if (option !== undefined) collectUnknown(option, value, path, found);
      return;
    }
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
      return collectUnknown(def.innerType, value, path, found);
    default:
      return;
  }
}
