/** Gives the CRD generator the internal definitions of zod schemas and zod checks. */
import type { $ZodCheck, $ZodChecks, $ZodType, $ZodTypes } from 'zod/v4/core';

/** The internal definition of a schema. zod documents it for library authors, and only it shows refinements. */
export function definitionOf(schema: $ZodType): $ZodTypes['_zod']['def'] {
  const { _zod: internals } = schema as $ZodTypes;
  return internals.def;
}

/** The internal definition of one check. */
export function checkDefinitionOf(check: $ZodCheck): $ZodChecks['_zod']['def'] {
  const { _zod: internals } = check as $ZodChecks;
  return internals.def;
}
