import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PermissionProof } from './permission-board.ts';
import { permissionsCondition, permissionsStatus } from './permissions.ts';

const AT_MS = Date.parse('2026-01-01T00:00:00Z');
const proof = (change: Partial<PermissionProof> = {}): PermissionProof => ({
  forbiddenCount: 120,
  allowedCount: 15,
  leaks: [],
  unanswered: [],
  provenAtMs: AT_MS,
  ...change,
});
const verdict = (given: PermissionProof | undefined): readonly string[] =>
  permissionsCondition(given, []).map(({ status, reason }) => `${status} ${reason}`);

test('permissionsCondition: is true only when every forbidden subject was denied and every permitted one answered', () => {
  assert.deepEqual(verdict(proof()), ['True Enforced']);
  assert.deepEqual(verdict(proof({ leaks: ['a'] })), ['False PermissionLeaked']);
  assert.deepEqual(verdict(proof({ unanswered: ['a'] })), ['Unknown PermissionUnanswered']);
  assert.deepEqual(verdict(proof({ leaks: ['a'], unanswered: ['b'] })), ['False PermissionLeaked']);
});

test('permissionsCondition: names the subjects and counts the rest', () => {
  const [condition] = permissionsCondition(proof({ leaks: ['a', 'b', 'c', 'd', 'e', 'f'] }), []);
  assert.match(condition?.message ?? '', /reached 6 subjects .*: a, b, c, d and 2 more/);
});

test('permissionsCondition: stays as the operator before left it, until there is a proof', () => {
  const before = [
    { type: 'Ready', status: 'True', reason: 'Running', message: '', lastTransitionTime: '', observedGeneration: 1 },
    {
      type: 'PermissionsEnforced',
      status: 'False',
      reason: 'PermissionLeaked',
      message: 'x',
      lastTransitionTime: '',
      observedGeneration: 1,
    },
  ] as const;
  assert.deepEqual(permissionsCondition(undefined, before), [before[1]]);
  assert.deepEqual(permissionsCondition(undefined, []), []);
});

test('permissionsStatus: renews the time after ten minutes, or when the number of leaks changes', () => {
  const first = permissionsStatus(undefined, proof()).permissions;
  assert.deepEqual(first, { forbiddenCount: 120, allowedCount: 15, leakCount: 0, provenAt: '2026-01-01T00:00:00Z' });
  const cases = [
    ['a minute later', proof({ provenAtMs: AT_MS + 599_999 }), first],
    ['no proof of this operator yet', undefined, first],
    ['ten minutes later', proof({ provenAtMs: AT_MS + 600_000 }), { ...first, provenAt: '2026-01-01T00:10:00Z' }],
    [
      'a server that has not loaded the claims',
      proof({ provenAtMs: AT_MS + 1_000, servers: '2/3' }),
      { ...first, servers: '2/3', provenAt: '2026-01-01T00:00:01Z' },
    ],
    ['a leak', proof({ provenAtMs: AT_MS + 1_000, leaks: ['a'] }), { ...first, leakCount: 1, provenAt: '2026-01-01T00:00:01Z' }],
  ] as const;
  for (const [reason, given, want] of cases) assert.deepEqual(permissionsStatus(first, given).permissions, want, reason);
});

const answer = (change: object = {}) => ({ forbiddenCount: 100, leaks: [], unanswered: [], provenAtMs: AT_MS, ...change });

test('permissionsCondition: says whether the API server was asked, and what a leak there is', () => {
  const message = (given: PermissionProof): string => permissionsCondition(given, [])[0]?.message ?? '';
  assert.match(message(proof()), /the API server has not answered yet/);
  assert.match(message(proof({ apiServer: answer() })), /the API server denies its ServiceAccount every forbidden request/);
  const leaking = proof({ leaks: ['x'], apiServer: answer({ leaks: ['x'] }) });
  assert.match(message(leaking), /reached 1 subjects and requests to the API server that .*: x;/);
  const open = proof({ unanswered: ['y'], apiServer: answer({ unanswered: ['y'] }) });
  assert.match(message(open), /no answer on 1 permitted subjects and requests to the API server,.*: y/);
});

test('permissionsStatus: counts the leaks at the API server apart, and keeps its last answer until there is another', () => {
  const first = permissionsStatus(undefined, proof()).permissions;
  const leaking = proof({ leaks: ['x'], apiServer: answer({ leaks: ['x'] }) });
  const { permissions } = permissionsStatus(first, leaking);
  const apiServer = { forbiddenCount: 100, leakCount: 1, provenAt: '2026-01-01T00:00:00Z' };
  assert.deepEqual(permissions, { ...first, leakCount: 0, apiServer });
  const later = permissionsStatus(permissions, proof({ provenAtMs: AT_MS + 600_000 })).permissions;
  assert.deepEqual(later?.apiServer, apiServer);
  const same = permissionsStatus(permissions, { ...leaking, apiServer: answer({ leaks: ['x'], provenAtMs: AT_MS + 1_000 }) }).permissions;
  assert.deepEqual(same, permissions);
});
