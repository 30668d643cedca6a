import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkProof } from './network-proof.ts';
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

const network = (change: Partial<NetworkProof> = {}): NetworkProof => ({
  state: 'Holds',
  denied: ['apiServer', 'store'],
  reached: [],
  isUnanswered: false,
  message: 'the pod reached the bus alone',
  provenAtMs: AT_MS,
  ...change,
});

test('permissionsCondition: says what is known of the network, and a leak there is a leak', () => {
  const of = (given: PermissionProof): string =>
    permissionsCondition(given, [])
      .map(({ status, message }) => `${status}: ${message}`)
      .join();
  assert.match(of(proof({ network: network() })), /^True: .*; its pod reached none of 2 forbidden addresses \(apiServer, store\)$/);
  const unknown = network({ state: 'Unknown', message: 'no report' });
  assert.match(of(proof({ network: unknown })), /^True: .*; nothing is known of the network: no report$/);
  const none = network({ state: 'NotEnforced', message: 'nothing enforces NetworkPolicies here' });
  assert.match(of(proof({ network: none })), /^True: .*; nothing enforces NetworkPolicies here$/);
  const leaking = network({ state: 'Leaks', reached: ['store'] });
  const leak = proof({ leaks: ['network: store'], network: leaking });
  assert.match(of(leak), /^False: .*reached 1 subjects and addresses of the network .*: network: store;/);
  const silent = proof({ unanswered: ['network: bus'], network: network({ state: 'Unknown', isUnanswered: true }) });
  assert.match(of(silent), /^Unknown: .*no answer on 1 permitted subjects and addresses of the network,/);
  const api = answer({ leaks: ['x'] });
  const both = proof({ leaks: ['x', 'network: store'], apiServer: api, network: leaking });
  assert.match(of(both), /reached 2 subjects, requests to the API server and addresses of the network that/);
});

test('permissionsCondition: a leak in the network stands until a report of the pod was judged', () => {
  const times = { lastTransitionTime: '', observedGeneration: 1 };
  const message = 'the last probe reached 1 subjects and addresses of the network that the principal must not reach: network: store';
  const before = [{ type: 'PermissionsEnforced', status: 'False', reason: 'PermissionLeaked', message, ...times }] as const;
  const of = (given: PermissionProof): string => permissionsCondition(given, before)[0]?.reason ?? '';
  assert.deepEqual([of(proof()), of(proof({ network: network() }))], ['PermissionLeaked', 'Enforced']);
  assert.equal(permissionsCondition(proof(), [{ ...before[0], message: 'reached x' }])[0]?.reason, 'Enforced');
});

test('permissionsStatus: shows the network apart from the bus, at once when it changes, and keeps it until there is another', () => {
  const first = permissionsStatus(undefined, proof({ network: network() })).permissions;
  const provenAt = '2026-01-01T00:00:00Z';
  assert.deepEqual(first?.network, { state: 'Holds', denied: ['apiServer', 'store'], message: 'the pod reached the bus alone', provenAt });
  const minuteLater = proof({ provenAtMs: AT_MS + 60_000, network: network({ provenAtMs: AT_MS + 60_000 }) });
  assert.deepEqual(permissionsStatus(first, minuteLater).permissions, first);
  const leaking = network({ state: 'Leaks', denied: ['apiServer'], reached: ['store'], message: 'the pod reached forbidden addresses' });
  const leak = permissionsStatus(first, proof({ leaks: ['network: store'], network: leaking })).permissions;
  assert.equal(leak?.leakCount, 0);
  assert.deepEqual([leak.network?.state, leak.network?.reached], ['Leaks', ['store']]);
  const old = network({ state: 'Unknown', denied: [], message: 'too old', provenAtMs: undefined });
  const unknown = permissionsStatus(leak, proof({ network: old })).permissions?.network;
  assert.deepEqual(unknown, { state: 'Unknown', message: 'too old' });
  assert.deepEqual(permissionsStatus(first, proof({ provenAtMs: AT_MS + 600_000 })).permissions?.network, first.network);
});
