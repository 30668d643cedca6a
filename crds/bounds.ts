/** Finds fields of a generated CRD that have no bound. */
import type { OpenApiSchema } from './open-api-schema.ts';

/** Paths of texts, lists, maps and numbers without a bound, and of lists that do not say how they merge. */
export function unboundedPaths(schema: OpenApiSchema, path = ''): readonly string[] {
  const own = problemsOf(schema).map((problem) => `${path === '' ? '(root)' : path}: ${problem}`);
  const members = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    path === '' && ['apiVersion', 'kind', 'metadata'].includes(name) ? [] : unboundedPaths(child, path === '' ? name : `${path}.${name}`),
  );
  return [
    ...own,
    ...members,
    ...(schema.items === undefined ? [] : unboundedPaths(schema.items, `${path}[]`)),
    ...(schema.additionalProperties === undefined ? [] : unboundedPaths(schema.additionalProperties, `${path}{}`)),
  ];
}

function problemsOf(schema: OpenApiSchema): readonly string[] {
  switch (schema.type) {
    case 'string':
      return schema.enum === undefined && schema.maxLength === undefined ? ['no maxLength'] : [];
    case 'integer':
    case 'number':
      return [...(schema.minimum === undefined ? ['no minimum'] : []), ...(schema.maximum === undefined ? ['no maximum'] : [])];
    case 'array':
      return [
        ...(schema.maxItems === undefined ? ['no maxItems'] : []),
        ...(schema['x-kubernetes-list-type'] === undefined ? ['no list type: atomic, set or map'] : []),
      ];
    case 'object':
      return schema.additionalProperties !== undefined && schema.maxProperties === undefined ? ['no maxProperties'] : [];
    case 'boolean':
      return [];
    default:
      return schema['x-kubernetes-preserve-unknown-fields'] === true ? [] : ['no type'];
  }
}
