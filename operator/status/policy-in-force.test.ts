import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strategy } from '../testing/objects.ts';
import { policyInForce } from './policy-in-force.ts';

const seen = { observedGeneration: 1, conditions: [] };
const cases = [
  { reason: 'it is the policy that is delivered', object: strategy, resolved: 'strict', want: { riskPolicyInForce: 'strict' } },
  { reason: 'it is empty, when none is delivered', object: strategy, resolved: '', want: { riskPolicyInForce: '' } },
  {
    reason: 'it is empty for a new object that is wrong from the start',
    object: strategy,
    resolved: undefined,
    want: { riskPolicyInForce: '' },
  },
  {
    reason: 'it stays, while a mistake keeps the object from being resolved',
    object: { ...strategy, status: { ...seen, riskPolicyInForce: 'strict' } },
    resolved: undefined,
    want: { riskPolicyInForce: 'strict' },
  },
  {
    reason: 'it is absent for an object that an operator of an earlier version looked after',
    object: { ...strategy, status: seen },
    resolved: undefined,
    want: {},
  },
];
for (const { reason, object, resolved, want } of cases) {
  test(`policyInForce: ${reason}`, () => assert.deepEqual(policyInForce(object, resolved), want));
}
