import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RESOURCES } from '@flotilla/contracts/resources/catalogue.ts';
import { renderCrd } from './generate.ts';

const folder = join(import.meta.dirname, 'generated');

for (const resource of RESOURCES) {
  test(`renderCrd: ${resource.plural} as committed is what the schemas say`, () => {
    const text = renderCrd(resource);
    assert.equal(readFileSync(join(folder, `${resource.plural}.yaml`), 'utf8'), text, 'stale: run node crds/main.ts');
  });
}

test('renderCrd: refuses a CRD that is too large for client-side apply', () => {
  const [resource] = RESOURCES;
  assert.throws(() => renderCrd({ ...resource, description: 'x'.repeat(256 * 1024) }), /has \d+ bytes, expected fewer than 262144/);
});

test('generated: holds no CRD that no schema stands behind', () => {
  assert.deepEqual(readdirSync(folder).sort(), RESOURCES.map((resource) => `${resource.plural}.yaml`).sort());
});

test('RESOURCES: no two kinds share a name that kubectl takes', () => {
  const names = RESOURCES.flatMap((resource) => [resource.plural, resource.singular, ...resource.shortNames]);
  assert.equal(new Set(names).size, names.length);
});
