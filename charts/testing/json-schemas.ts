/** JSON Schemas for kubeconform, from what a real API server says of its kinds: no network, and exactly the version that is tested against. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '@flotilla/kube/mod.ts';

type Schema = Readonly<Record<string, unknown>>;

interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const REFERENCE = '#/components/schemas/';

/** Writes `<kind>-<group>-<version>.json` for every kind that the server serves; gives the template for `-schema-location`. */
export async function writeJsonSchemas(cluster: Pick<Cluster, 'raw'>, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const { paths } = (await cluster.raw({ method: 'GET', path: '/openapi/v3' })) as {
    readonly paths: Readonly<Record<string, unknown>>;
  };
  for (const path of Object.keys(paths)) {
    if (!/^apis?\/(.+\/)?v[0-9]/.test(path)) continue;
    // Without the hash of the listing: a kind that is described a moment later makes it stale.
    const document = (await cluster.raw({ method: 'GET', path: `/openapi/v3/${path}` })) as Document;
    for (const [name, text] of schemaFiles(document)) writeFileSync(join(folder, name), text);
  }
  return join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
}

function schemaFiles({ components }: Document): readonly (readonly [string, string])[] {
  const schemas = components?.schemas ?? {};
  return Object.entries(schemas).flatMap(([name, schema]) => {
    const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as readonly GroupVersionKind[];
    return kinds.map(({ group, version, kind }) => {
      const suffix = group === '' ? version : `${group.split('.')[0]}-${version}`;
      const definitions = Object.fromEntries(reachable(schemas, name).map((key) => [key, strict(schemas[key] ?? {})]));
      return [`${kind.toLowerCase()}-${suffix}.json`, JSON.stringify({ $ref: `#/definitions/${name}`, definitions })] as const;
    });
  });
}

function reachable(schemas: Readonly<Record<string, Schema>>, from: string): readonly string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, target] of JSON.stringify(schemas[name] ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) visit(target ?? '');
  };
  visit(from);
  return [...found];
}

/** As `-strict` wants it: a field that the server does not know is an error. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]) => [key, key === '$ref' ? reference(child) : strict(child)] as const);
  const copy = Object.fromEntries(entries) as Record<string, unknown>;
  const open = 'additionalProperties' in copy || 'x-kubernetes-preserve-unknown-fields' in copy;
  if (copy['x-kubernetes-int-or-string'] === true) return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  return typeof copy['properties'] === 'object' && copy['type'] === 'object' && !open ? { ...copy, additionalProperties: false } : copy;
}

function reference(target: unknown): unknown {
  return typeof target === 'string' ? target.replace(REFERENCE, '#/definitions/') : target;
}
