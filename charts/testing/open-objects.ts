/** Finds the objects of the chart's schema of values that take unknown keys. For tests. */
import type { ValuesSchema } from '../values-table.ts';

/** Paths of the objects that may hold keys which the schema does not know. */
export function openObjects(root: ValuesSchema): readonly string[] {
  const walk = (schema: ValuesSchema, path: string): readonly string[] => {
    const isObject = schema.type === 'object';
    const join = (name: string): string => (path === '' ? name : `${path}.${name}`);
    return [
      ...(isObject && schema.additionalProperties !== false ? [path] : []),
      ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => walk(child, join(name))),
      ...(schema.items === undefined ? [] : walk(schema.items, `${path}[]`)),
      ...Object.entries(schema.definitions ?? {}).flatMap(([name, child]) => walk(child, join(`definitions.${name}`))),
    ];
  };
  return walk(root, '');
}
