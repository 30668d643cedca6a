import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NETWORK_TARGETS } from '@flotilla/contracts/access/network-targets.ts';
import type { NetworkReport } from '@flotilla/contracts/control/network-report.ts';
import { type NetworkEvidence, networkLeaks, networkProof } from './network-proof.ts';

const TRIED_AT_MS = Date.parse('2026-01-01T00:00:00Z');
const evidence = (change: Partial<NetworkReport> = {}, more: Partial<NetworkEvidence> = {}): NetworkEvidence => ({
  engine: 'Expected',
  denied: NETWORK_TARGETS,
  report: {
    fresh: true,
    triedAtMs: TRIED_AT_MS,
    value: {
      schemaVersion: 1,
      instance: 'pod',
      permitted: 'Reached',
      denied: ['apiServer', 'store', 'metadata'],
      reached: [],
      unresolved: [],
      triedAt: '2026-01-01T00:00:00Z',
      ...change,
    },
  },
  ...more,
});

test('networkProof: holds when the pod reached the bus, and no forbidden address of those that answer others', () => {
  const { state, denied, provenAtMs } = networkProof(evidence());
  assert.deepEqual([state, denied, provenAtMs], ['Holds', ['apiServer', 'store', 'metadata'], TRIED_AT_MS]);
});

test('networkProof: a reached address is a leak, also when the bus was silent', () => {
  for (const permitted of ['Reached', 'Silent'] as const) {
    const proof = networkProof(evidence({ permitted, reached: ['gateway'] }));
    assert.deepEqual([proof.state, networkLeaks(proof)], ['Leaks', ['network: gateway']]);
  }
});

test('networkProof: silence proves nothing without the bus, without a recent report, and where nothing may listen', () => {
  const old = { ...(evidence().report ?? assert.fail()), fresh: false };
  const cases = [
    ['no report: an older service', evidence({}, { report: undefined }), /no pod .* reported/, false],
    ['an old report', evidence({}, { report: old }), /too old/, false],
    ['the bus was silent', evidence({ permitted: 'Silent' }), /did not reach the bus/, true],
    ['nothing was tried', evidence({ denied: [] }), /no forbidden address/, false],
    ['only addresses where nothing may listen', evidence({ denied: ['store', 'metadata', 'gateway'] }), /no forbidden address/, false],
  ] as const;
  for (const [reason, given, message, isUnanswered] of cases) {
    const proof = networkProof(given);
    assert.deepEqual([proof.state, proof.isUnanswered, networkLeaks(proof)], ['Unknown', isUnanswered, []], reason);
    assert.match(proof.message, message, reason);
  }
});

test('networkProof: an old report of a leak proves neither a leak nor its end', () => {
  const { report } = evidence({ reached: ['store'] });
  const proof = networkProof(evidence({}, { report: { ...(report ?? assert.fail()), fresh: false } }));
  assert.deepEqual([proof.state, networkLeaks(proof)], ['Unknown', []]);
});

test('networkProof: leaves out what the role opens now, and names that this build does not know', () => {
  const withoutApi = NETWORK_TARGETS.filter((target) => target !== 'apiServer');
  const given = evidence({ denied: ['operator', 'something-newer'], reached: ['apiServer'] }, { denied: withoutApi });
  const { state, denied, reached } = networkProof(given);
  assert.deepEqual([state, denied, reached], ['Holds', ['operator'], []]);
});

test('networkProof: without an engine, nothing a pod says is a leak or a proof', () => {
  const { state, message, denied } = networkProof(evidence({ reached: ['store'] }, { engine: 'None' }));
  assert.deepEqual([state, denied], ['NotEnforced', []]);
  assert.match(message, /nothing enforces NetworkPolicies here/);
});
