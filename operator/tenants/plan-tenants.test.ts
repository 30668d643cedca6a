import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTenants, type TenantInput } from './plan-tenants.ts';

const input = (change: Partial<TenantInput>): TenantInput => ({
  own: 'flotilla',
  selection: { type: 'Names', names: ['research'] },
  namespaces: ['flotilla', 'research', 'desk', 'kube-system'].map((name) => ({ name, isEnding: false })),
  labelled: new Set(),
  occupied: new Set(),
  held: new Set(),
  ...change,
});

const CASES: readonly (readonly [why: string, change: Partial<TenantInput>, serve: readonly string[], leaving?: readonly string[]])[] = [
  ['a namespace is named', {}, ['research']],
  ['its own namespace is served in any case', { selection: { type: 'Names', names: ['flotilla'] } }, []],
  ['a label selects', { selection: { type: 'Labels', selector: 'x' }, labelled: new Set(['desk']) }, ['desk']],
  ['all means those with an object of ours', { selection: { type: 'All' }, occupied: new Set(['desk', 'kube-system']) }, ['desk']],
  ['a fleet that is not selected any more keeps its operator', { held: new Set(['desk']) }, ['desk', 'research'], ['desk']],
  ['a namespace that is gone is not served', { held: new Set(['gone']) }, ['research']],
  [
    'a namespace that is being deleted is not served',
    { namespaces: [{ name: 'research', isEnding: true }], held: new Set(['research']) },
    [],
  ],
];
for (const [why, change, serve, leaving = []] of CASES) {
  test(`planTenants: ${why}`, () => {
    const plan = planTenants(input(change));
    assert.deepEqual([plan.serve, plan.leaving], [serve, leaving]);
  });
}

test('planTenants: says which named namespaces are missing, and which served ones are being deleted', () => {
  const plan = planTenants(
    input({
      selection: { type: 'Names', names: ['research', 'nowhere', 'desk'] },
      namespaces: [
        { name: 'research', isEnding: true },
        { name: 'desk', isEnding: false },
        { name: 'other', isEnding: true },
        { name: 'held', isEnding: true },
      ],
      held: new Set(['held']),
    }),
  );
  assert.deepEqual(plan.missing, ['nowhere']);
  assert.deepEqual(plan.ending, ['research', 'held']);
});
