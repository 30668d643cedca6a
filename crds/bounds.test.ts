/** Checks every committed CRD: bounds, list types, columns, names. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { unboundedPaths } from './bounds.ts';
import type { OpenApiSchema } from './open-api-schema.ts';

const GENERATED = join(import.meta.dirname, 'generated');

interface Definition {
  readonly spec: {
    readonly names: { readonly shortNames?: readonly string[]; readonly categories?: readonly string[] };
    readonly versions: readonly {
      readonly additionalPrinterColumns?: readonly { readonly name: string; readonly jsonPath: string }[];
      readonly subresources?: { readonly status?: object };
      readonly schema: { readonly openAPIV3Schema: OpenApiSchema };
    }[];
  };
}

for (const file of readdirSync(GENERATED)) {
  const { spec } = parse(readFileSync(join(GENERATED, file), 'utf8')) as Definition;
  const [version = assert.fail('a version')] = spec.versions;

  test(`${file}: has a bound on everything, and every list says how it merges`, () => {
    assert.deepEqual(unboundedPaths(version.schema.openAPIV3Schema), []);
  });

  test(`${file}: has short names, the category, a status of its own, and the columns that answer whether it works and why not`, () => {
    assert.ok((spec.names.shortNames ?? []).length > 0);
    assert.deepEqual(spec.names.categories, ['flotilla']);
    assert.deepEqual(version.subresources, { status: {} });
    const columns = (version.additionalPrinterColumns ?? []).map(({ name }) => name);
    for (const name of ['Ready', 'Reason', 'Message', 'Age']) assert.ok(columns.includes(name), name);
    const paths = (version.additionalPrinterColumns ?? [])
      .map(({ jsonPath }) => jsonPath)
      .filter((path) => !path.includes('[') && !path.startsWith('.metadata'));
    for (const path of paths) assert.ok(schemaAt(version.schema.openAPIV3Schema, path) !== undefined, `${path} is a field`);
  });
}

function schemaAt(schema: OpenApiSchema, path: string): OpenApiSchema | undefined {
  return path
    .split('.')
    .slice(1)
    .reduce<OpenApiSchema | undefined>((found, name) => found?.properties?.[name], schema);
}

const unbounded: readonly { readonly reason: string; readonly schema: OpenApiSchema; readonly want: readonly string[] }[] = [
  { reason: 'a text', schema: { type: 'string' }, want: ['spec.f: no maxLength'] },
  { reason: 'a number', schema: { type: 'number', minimum: 0 }, want: ['spec.f: no maximum'] },
  { reason: 'an integer', schema: { type: 'integer' }, want: ['spec.f: no minimum', 'spec.f: no maximum'] },
  {
    reason: 'a list',
    schema: { type: 'array', items: { type: 'boolean' } },
    want: ['spec.f: no maxItems', 'spec.f: no list type: atomic, set or map'],
  },
  {
    reason: 'a map, and its values',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    want: ['spec.f: no maxProperties', 'spec.f{}: no maxLength'],
  },
  {
    reason: 'the items of a list',
    schema: {
      type: 'array',
      maxItems: 1,
      'x-kubernetes-list-type': 'atomic',
      items: { type: 'object', properties: { g: { type: 'string' } } },
    },
    want: ['spec.f[].g: no maxLength'],
  },
  { reason: 'a field without a type', schema: {}, want: ['spec.f: no type'] },
];
for (const { reason, schema, want } of unbounded) {
  test(`unboundedPaths: names ${reason} without a bound`, () => {
    assert.deepEqual(unboundedPaths({ type: 'object', properties: { spec: { type: 'object', properties: { f: schema } } } }), want);
  });
}
