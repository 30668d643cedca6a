/** The fields of a zod schema as rows of a table: path, type with its bounds, default, description. */
import { z } from 'zod';
import { code } from './markdown.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;

export interface FieldRow {
  /** `spec.order.maxNotional`, `spec.strategies[].name`. */
  readonly path: string;
  readonly type: string;
  /** `required`, a default, or empty. */
  readonly presence: string;
  readonly description: string;
}

/** Every field at every depth, in the order of the schema. `prefix` is the path of the schema itself. */
export function fieldsOf(schema: z.ZodType, prefix: string): readonly FieldRow[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  return walk(json, prefix);
}

function walk(schema: JsonSchema, path: string): readonly FieldRow[] {
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return uniqueByPath(variants.flatMap((variant) => walk(variant, path)));
  const items = schema.items;
  if (typeof items === 'object' && !Array.isArray(items)) return walk(items, `${path}[]`);
  if (typeof schema.additionalProperties === 'object') return walk(schema.additionalProperties, `${path}.<name>`);
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const described: JsonSchema = typeof field === 'boolean' ? {} : field;
    const fieldPath = path === '' ? name : `${path}.${name}`;
    return [rowOf(fieldPath, described, required.has(name)), ...walk(described, fieldPath)];
  });
}

function rowOf(path: string, field: JsonSchema, required: boolean): FieldRow {
  const hasDefault = field.default !== undefined;
  return {
    path,
    type: typeText(field),
    presence: hasDefault ? `default ${code(JSON.stringify(field.default))}` : required ? 'required' : '',
    description: field.description ?? '',
  };
}

/** `integer, 1 to 10000`, `"A" or "B"`, `array of string, at most 64`. */
export function typeText(field: JsonSchema): string {
  if (field.const !== undefined) return code(JSON.stringify(field.const));
  if (field.enum !== undefined) return field.enum.map((value) => code(JSON.stringify(value))).join(' ');
  const variants = field.anyOf ?? field.oneOf;
  if (variants !== undefined) return [...new Set(variants.map((variant) => typeText(variant)))].join(' or ');
  const items = typeof field.items === 'object' && !Array.isArray(field.items) ? ` of ${typeText(field.items)}` : '';
  return [`${String(field.type ?? 'any')}${items}`, boundsText(field)].filter(Boolean).join(', ');
}

function boundsText(field: JsonSchema): string {
  const { minimum, maximum, maxItems, maxLength, pattern } = field;
  if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) return `${minimum} to ${maximum}`;
  if (maxItems !== undefined) return `at most ${maxItems}`;
  if (pattern !== undefined && pattern.length <= 40) return code(pattern);
  return maxLength === undefined ? '' : `at most ${maxLength} characters`;
}

function uniqueByPath(rows: readonly FieldRow[]): readonly FieldRow[] {
  return [...new Map(rows.map((row) => [row.path, row])).values()];
}
