/** CRDs and records as a made-up next and a made-up previous version would have them, for tests of version skew. */
import type { KubeManifest } from '@flotilla/kube/mod.ts';

/** The field that the next version has in every object. */
const NEXT_FIELD = 'nextVersion';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly [keyword: string]: unknown;
}

/** Every object of the spec has one more field with a default; the status has one more optional field. */
export function nextDefinition(definition: KubeManifest): KubeManifest {
  return mapSchema(definition, (schema) => ({
    ...schema,
    properties: {
      ...schema.properties,
      spec: withNextProperty(schema.properties?.['spec'] ?? {}, { default: 'added' }),
      status: withNextProperty(schema.properties?.['status'] ?? {}, {}),
    },
  }));
}

/** Fields of the spec that the previous version does not have. */
const YOUNG_SPEC_FIELDS = ['handover', 'acknowledgedPolicyChange', 'acknowledgedLoosening'];
const OLD_STATUS_FIELDS = ['observedGeneration', 'conditions'];

/** The spec lacks its youngest fields, the status has nothing but conditions, and no rule names a field that is not there. */
export function previousDefinition(definition: KubeManifest): KubeManifest {
  return mapSchema(definition, ({ 'x-kubernetes-validations': _rulesOfObject, ...schema }) => {
    const { spec = {}, status = {} } = schema.properties ?? {};
    const { 'x-kubernetes-validations': _rulesOfSpec, ...old } = spec;
    return {
      ...schema,
      properties: {
        ...schema.properties,
        spec: { ...old, properties: filterKeys(spec.properties, (name) => !YOUNG_SPEC_FIELDS.includes(name)) },
        status: { ...status, properties: filterKeys(status.properties, (name) => OLD_STATUS_FIELDS.includes(name)) },
      },
    };
  });
}

/** The record with one more field in every object, at any depth. */
export function withNextFields<T>(record: T): T {
  if (Array.isArray(record)) return record.map((item: unknown) => withNextFields(item)) as T;
  if (typeof record !== 'object' || record === null) return record;
  const fields = Object.entries(record).map(([name, value]) => [name, withNextFields(value as unknown)] as const);
  return { ...Object.fromEntries(fields), [NEXT_FIELD]: 'added' } as T;
}

function withNextProperty(schema: Schema, more: object): Schema {
  const items = schema.items === undefined ? {} : { items: withNextProperty(schema.items, more) };
  if (schema.properties === undefined) return { ...schema, ...items };
  const properties = Object.entries(schema.properties).map(([name, one]) => [name, withNextProperty(one, more)] as const);
  const next = { type: 'string', maxLength: 16, description: 'A field of the next version.', ...more };
  return { ...schema, ...items, properties: { ...Object.fromEntries(properties), [NEXT_FIELD]: next } };
}

function mapSchema(definition: KubeManifest, change: (schema: Schema) => Schema): KubeManifest {
  interface Version {
    readonly schema: { readonly openAPIV3Schema: Schema };
  }
  const spec = definition['spec'] as { readonly versions: readonly Version[] };
  const versions = spec.versions.map((version) => ({ ...version, schema: { openAPIV3Schema: change(version.schema.openAPIV3Schema) } }));
  return { ...definition, spec: { ...spec, versions } };
}

function filterKeys(properties: Schema['properties'] = {}, keeps: (name: string) => boolean): Readonly<Record<string, Schema>> {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => keeps(name)));
}
