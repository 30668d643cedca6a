/** Gives the CRD generator the internal definitions of zod schemas and zod checks. */
import type { $ZodCheck, $ZodChecks, $ZodType, $ZodTypes } from 'zod/v4/core';

/** What zod keeps about a schema: documented for library authors, and the only place where refinements can be seen. */
export function definitionOf(schema: $ZodType): $ZodTypes['_zod']['def'] {
  const { _zod: internals } = schema as $ZodTypes;
  return internals.def;
}

/** The same of one check. */
export function checkDefinitionOf(check: $ZodCheck): $ZodChecks['_zod']['def'] {
  const { _zod: internals } = check as $ZodChecks;
  return internals.def;
}
