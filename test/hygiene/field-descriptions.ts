/** Reads every description of the generated CRDs, for the prose rules. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { FieldDescription } from './plain-prose.ts';

/** Keys of a CRD that do not belong to a field's path. */
const STRUCTURE = new Set(['properties', 'items', 'schema', 'openAPIV3Schema']);

export function readFieldDescriptions(root: string): readonly FieldDescription[] {
  return globSync('crds/generated/*.yaml', { cwd: root }).flatMap((file) => {
    const crd = parse(readFileSync(join(root, file), 'utf8')) as {
      readonly spec: { readonly names: { readonly kind: string }; readonly versions: readonly unknown[] };
    };
    return crd.spec.versions.flatMap((version) => describedFields(version, crd.spec.names.kind, []));
  });
}

function describedFields(node: unknown, kind: string, path: readonly string[]): readonly FieldDescription[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'description' && typeof value === 'string') return [{ field: `${kind} ${path.join('.')}`.trim(), text: value }];
    return describedFields(value, kind, STRUCTURE.has(key) ? path : [...path, key]);
  });
}
