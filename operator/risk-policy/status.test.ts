import assert from 'node:assert/strict';
import { test } from 'node:test';
import { riskPolicySpecSchema, riskPolicyStatusSchema } from '@flotilla/contracts/resources/risk-policy.ts';
import { assertListed } from '../testing/assert-listed.ts';
import { riskPolicy, withSpec } from '../testing/objects.ts';
import { policyHash, policyOf } from '../fleet/effective-policy.ts';
import { type PolicyUser, riskPolicyStatus } from './status.ts';

const parsed = riskPolicySpecSchema.parse(riskPolicy.spec);
const HASH = policyHash(policyOf(parsed));
const OTHER = 'f'.repeat(64);
const user = (name: string, more: Partial<PolicyUser> = {}): PolicyUser => ({
  kind: 'Portfolio',
  name,
  portfolio: name,
  exec: 'Reporting',
  running: [HASH],
  ...more,
});
const silent = { exec: 'Silent', running: [] } as const;

const cases: readonly {
  readonly when: string;
  readonly users: readonly PolicyUser[];
  readonly want: readonly [string, string, number | undefined];
  readonly message?: RegExp;
}[] = [
  { when: 'no object names it', users: [], want: ['Unused', 'True', 0] },
  { when: 'everybody has confirmed it', users: [user('main'), user('a', { kind: 'Strategy' })], want: ['InForce', 'True', 0] },
  {
    when: 'one of two portfolios runs other limits',
    users: [user('main'), user('second', { running: [OTHER] })],
    want: ['MixedHashes', 'False', 1],
    message: /ffffffffffff is run for Portfolio second; .*are denied/,
  },
  { when: 'one exec runs two versions', users: [user('main', { running: [HASH, OTHER] })], want: ['MixedHashes', 'False', 1] },
  {
    when: 'everybody still runs the old limits',
    users: [user('main', { running: [OTHER] })],
    want: ['Unconfirmed', 'False', 1],
    message: /1 of 1 users: Portfolio main/,
  },
  { when: 'exec runs without it', users: [user('main', { running: [] })], want: ['Unconfirmed', 'False', 1] },
  {
    when: 'an exec is silent',
    users: [user('main'), user('second', silent)],
    want: ['ExecSilent', 'False', 1],
    message: /Portfolio second; an exec that cannot report denies/,
  },
  {
    when: 'one is silent and others are mixed',
    users: [user('main'), user('b', { running: [OTHER] }), user('c', silent)],
    want: ['MixedHashes', 'False', 2],
  },
];
for (const { when, users, want, message } of cases) {
  test(`riskPolicyStatus: says ${want[0]}, when ${when}`, () => {
    const status = riskPolicyStatus(riskPolicy, users, 0);
    assert.ok(riskPolicyStatusSchema.safeParse(status).success, 'the CRD takes it');
    assertListed('RiskPolicy', status.conditions);
    const conditionOf = (type: string) => status.conditions?.find((condition) => condition.type === type);
    assert.deepEqual([conditionOf('Ready')?.reason, conditionOf('Ready')?.status, status.unconfirmedCount], want);
    assert.deepEqual([conditionOf('Delivered')?.reason, conditionOf('Delivered')?.status], want.slice(0, 2));
    if (message !== undefined) assert.match(conditionOf('Delivered')?.message ?? '', message);
  });
}

test('riskPolicyStatus: says StillInUse, when it is deleted and somebody names it', () => {
  const deleted = { ...riskPolicy, metadata: { ...riskPolicy.metadata, deletionTimestamp: '2026-11-21T12:00:00Z' } };
  const status = riskPolicyStatus(deleted, [user('main')], 0);
  assert.equal(status.conditions?.[0]?.reason, 'StillInUse');
  assert.match(status.conditions[0].message, /Portfolio main/);
});

test('riskPolicyStatus: lists who has not confirmed first, and no more than the CRD takes', () => {
  const users = [
    ...Array.from({ length: 100 }, (_, index) => user(`s-${index}`, { kind: 'Strategy' })),
    user('main'),
    user('z', { running: [OTHER] }),
  ];
  const status = riskPolicyStatus(riskPolicy, users, 0);
  assert.equal(status.usedBy?.length, 64);
  assert.deepEqual(
    status.usedBy.slice(0, 2).map(({ name, policyHash: running }) => [name, running]),
    [
      ['z', OTHER],
      ['main', HASH],
    ],
  );
  assert.deepEqual([status.portfolioCount, status.strategyCount], [2, 100]);
});

test('riskPolicyStatus: is Stalled, when a newer schema refuses what is stored', () => {
  assert.equal(riskPolicyStatus(withSpec(riskPolicy, { order: {} }), [], 0).conditions?.[2]?.status, 'True');
});
