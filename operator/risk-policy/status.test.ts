import assert from 'node:assert/strict';
import { test } from 'node:test';
import { riskPolicyStatusSchema } from '@flotilla/contracts/resources/risk-policy.ts';
import { riskPolicy, withSpec } from '../testing/objects.ts';
import { type PolicyUser, riskPolicyStatus } from './status.ts';

const user = (name: string, confirmed: boolean, kind: PolicyUser['kind'] = 'Strategy'): PolicyUser => ({ kind, name, confirmed });

const cases: readonly {
  readonly when: string;
  readonly users: readonly PolicyUser[];
  readonly want: readonly [string, string, number | undefined];
}[] = [
  { when: 'nobody uses it', users: [], want: ['Unused', 'True', 0] },
  { when: 'everybody has confirmed it', users: [user('main', true, 'Portfolio'), user('a', true)], want: ['InForce', 'True', 0] },
  { when: 'somebody has not', users: [user('main', true, 'Portfolio'), user('a', false)], want: ['Unconfirmed', 'False', 1] },
];
for (const { when, users, want } of cases) {
  test(`riskPolicyStatus: says ${want[0]}, when ${when}`, () => {
    const status = riskPolicyStatus(riskPolicy, users, 0);
    assert.ok(riskPolicyStatusSchema.safeParse(status).success, 'the CRD takes it');
    assert.deepEqual([status.conditions?.[0]?.reason, status.conditions?.[0]?.status, status.unconfirmedCount], want);
  });
}

test('riskPolicyStatus: lists portfolios first and no more than the CRD takes', () => {
  const users = [...Array.from({ length: 100 }, (_, index) => user(`s-${index}`, true)), user('main', true, 'Portfolio')];
  const status = riskPolicyStatus(riskPolicy, users, 0);
  assert.equal(status.usedBy?.length, 64);
  assert.equal(status.usedBy[0]?.name, 'main');
  assert.deepEqual([status.portfolioCount, status.strategyCount], [1, 100]);
});

test('riskPolicyStatus: is Stalled, when a newer schema refuses what is stored', () => {
  assert.equal(riskPolicyStatus(withSpec(riskPolicy, { order: {} }), [], 0).conditions?.[2]?.status, 'True');
});
