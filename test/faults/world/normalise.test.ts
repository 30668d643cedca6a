import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@flotilla/kube/mod.ts';
import { differences, normaliseObject, normaliseValue } from './normalise.ts';

const owner = { apiVersion: 'v1', kind: 'Strategy', name: 'btc', uid: 'u1', controller: true };
const object = (more: object = {}, metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  kind: 'Deployment',
  metadata: { name: 'a', uid: 'x', resourceVersion: '7', generation: 3, ownerReferences: [owner], ...metadata },
  ...more,
});
const living = new Set(['u1']);
const UID_A = '0b7c5c0e-31f4-4a51-9c1a-6a5c0d0f8e11';
const UID_B = '6f1d3c2a-9a3b-4c55-8f00-1e2d3c4b5a69';

for (const [reason, left, right] of [
  ['uids, versions and generations differ', object(), object({}, { uid: 'y', resourceVersion: '9', generation: 8 })],
  ['times differ', object({ status: { at: '2026-01-01T00:00:00Z' } }), object({ status: { at: '2026-01-02T11:00:00.123Z' } })],
  ['keys stand in another order', object({ spec: { a: 1, b: 2 } }), object({ spec: { b: 2, a: 1 } })],
  [
    'both speak of their newest generation',
    object({ status: { observedGeneration: 3 } }),
    object({ status: { observedGeneration: 5 } }, { generation: 5 }),
  ],
  ['names hold other uids', object({ spec: { secretName: `k-${UID_A}` } }), object({ spec: { secretName: `k-${UID_B}` } })],
  ['secrets hold other bytes', object({ kind: 'Secret', data: { key: 'AAA' } }), object({ kind: 'Secret', data: { key: 'BBB' } })],
] as const) {
  test(`normaliseObject: finds no difference, when ${reason}`, () =>
    assert.deepEqual(normaliseObject(left, living), normaliseObject(right, living)));
}

for (const [reason, left, right, words] of [
  ['a value differs', object({ spec: { replicas: 1 } }), object({ spec: { replicas: 0 } }), /\/spec\/replicas: 1 \| 0/],
  ['the owner is gone', object(), object({}, { ownerReferences: [{ ...owner, uid: 'u0' }] }), /owner: "lives" \| "is gone"/],
  ['one has no owner', object(), object({}, { ownerReferences: [] }), /owners/],
  [
    'the status is about an older generation',
    object({ status: { observedGeneration: 3 } }),
    object({ status: { observedGeneration: 2 } }),
    /"newest" \| "2 of 3"/,
  ],
  ['a secret lacks a key', object({ kind: 'Secret', data: { key: 'A' } }), object({ kind: 'Secret', data: {} }), /\/data/],
  ['a label is missing', object({}, { labels: { a: 'b' } }), object(), /\/metadata\/labels: {"a":"b"} \| nothing/],
] as const) {
  test(`differences: names the difference, when ${reason}`, () =>
    assert.match(differences(normaliseObject(left, living), normaliseObject(right, living)).join('\n'), words));
}

test('normaliseValue: keeps hashes over content, when they stand in a configuration', () =>
  assert.deepEqual(normaliseValue({ configHash: 'abc', haltId: '6a5c1f6e-0f5a-4b3f-9a55-0d9d6d1f7f10', generation: 4 }), {
    configHash: 'abc',
    haltId: '<uid>',
  }));
