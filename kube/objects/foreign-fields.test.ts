/** Which managed fields count as additions of others, in the form in which a real API server wrote them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FOREIGN_FIELDS_MAX, foreignFields } from './foreign-fields.ts';

const isOwn = (manager: string): boolean => manager === 'ours';
const entry = (manager: string, spec: object, more: object = {}) => ({
  manager,
  operation: 'Update',
  fieldsV1: { 'f:spec': spec },
  ...more,
});
const containers = (...names: readonly string[]): object => ({
  'f:containers': Object.fromEntries(names.map((name) => [`k:{"name":"${name}"}`, { '.': {}, 'f:image': {}, 'f:name': {} }])),
});
const ours = entry('ours', { 'f:replicas': {}, ...containers('agent') });

const cases: readonly { readonly reason: string; readonly entries: readonly unknown[]; readonly want: readonly string[] }[] = [
  { reason: 'nothing but our own fields', entries: [ours], want: [] },
  {
    reason: 'a container beside ours',
    entries: [ours, entry('kubectl-edit', containers('miner'))],
    want: ['f:spec.f:containers.k:{"name":"miner"}.f:image', 'f:spec.f:containers.k:{"name":"miner"}.f:name'],
  },
  { reason: 'a field that we own too', entries: [ours, entry('kubectl-edit', { 'f:replicas': {} })], want: [] },
  {
    reason: 'a field that was written through a subresource',
    entries: [ours, entry('hpa', { 'f:minReadySeconds': {} }, { subresource: 'scale' })],
    want: [],
  },
  {
    reason: 'metadata and status',
    entries: [
      ours,
      { manager: 'kube-controller-manager', fieldsV1: { 'f:metadata': { 'f:annotations': { 'f:a': {} } }, 'f:status': { 'f:b': {} } } },
    ],
    want: [],
  },
  {
    reason: 'an empty map of another manager',
    entries: [ours, entry('kubectl-edit', { 'f:nodeSelector': {} })],
    want: ['f:spec.f:nodeSelector'],
  },
  {
    reason: 'a restart that a person asked for',
    entries: [
      ours,
      entry('kubectl-rollout', {
        'f:template': { 'f:metadata': { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/restartedAt': {} } } },
      }),
    ],
    want: [],
  },
];

for (const { reason, entries, want } of cases) {
  test(`foreignFields: gives ${want.length} for ${reason}`, () => {
    assert.deepEqual(foreignFields(entries, isOwn), want);
  });
}

test('foreignFields: is empty for an object without managed fields, and bounded for one with many', () => {
  assert.deepEqual(foreignFields(undefined, isOwn), []);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f:field${index}`, {}]));
  assert.equal(foreignFields([entry('other', many)], isOwn).length, FOREIGN_FIELDS_MAX);
});
