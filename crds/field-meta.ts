/** Reads what `.describe()` and `.meta()` say about a field. The CRD generator copies it into the schema. */
import type { $ZodType } from 'zod/v4/core';
import { globalRegistry } from 'zod';
import type { OpenApiSchema } from './open-api-schema.ts';
import { UnrepresentableError } from './unrepresentable-error.ts';

const KEYS = [
  'description',
  'maxLength',
  'maxProperties',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
] as const satisfies readonly (keyof OpenApiSchema)[];

/** The keys that `.describe()` and `.meta()` add to the schema of a field without translation. */
export type FieldMeta = Pick<OpenApiSchema, (typeof KEYS)[number]>;

/** @throws UnrepresentableError for metadata that the generator would have to drop. */
export function metaOf(schema: $ZodType, path: string): FieldMeta {
  const meta: Readonly<Record<string, unknown>> = globalRegistry.get(schema) ?? {};
  const foreign = Object.keys(meta).filter((key) => !(KEYS as readonly string[]).includes(key));
  if (foreign.length > 0) throw new UnrepresentableError(path, `metadata ${foreign.join(', ')} has no meaning in a CRD`);
  return { ...meta };
}
